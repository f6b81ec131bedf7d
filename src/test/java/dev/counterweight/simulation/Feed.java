package dev.counterweight.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.campaign.History;
import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Two producers of events, each in transactions of which some are aborted and some stay open for
 * long. Not thread-safe.
 */
final class Feed {
  private final World world;
  private final Random random;
  private final History history;
  private final List<Writer> writers = new ArrayList<>();
  private final int events;
  private int sent;

  /** A record in an open transaction. */
  private record Pending(
      dev.counterweight.campaign.Place place, int label, long timeMs, Kind kind) {}

  private static final class Writer {
    final String id;
    final List<Pending> pending = new ArrayList<>();
    int epoch;
    int size;

    Writer(String id) {
      this.id = id;
    }
  }

  Feed(World world, long seed, int events, History history) {
    this.world = world;
    this.random = new Random(seed);
    this.events = events;
    this.history = history;
    for (String id : List.of("feed-a", "feed-b")) {
      Writer writer = new Writer(id);
      writer.epoch = world.cluster.begin(id);
      writers.add(writer);
    }
  }

  boolean over() {
    return sent >= events && writers.stream().allMatch(writer -> writer.pending.isEmpty());
  }

  int sent() {
    return sent;
  }

  void step() {
    Writer writer = writers.get(random.nextInt(writers.size()));
    if (writer.pending.isEmpty()) {
      writer.size = 1 + random.nextInt(12);
    }
    if (writer.pending.size() >= writer.size || sent >= events) {
      end(writer);
      return;
    }
    for (int n = 1 + random.nextInt(6); n > 0 && sent < events; n--) {
      send(writer);
    }
  }

  private void end(Writer writer) {
    if (writer.pending.isEmpty() || random.nextInt(3) == 0) {
      return; // later
    }
    boolean commit = random.nextInt(6) != 0;
    if (!world.cluster.fenced(writer.id, writer.epoch)) {
      world.cluster.end(world.cluster.open(writer.id, writer.epoch), commit);
    } else {
      commit = false; // open for too long: the coordinator has aborted it
      writer.epoch = world.cluster.begin(writer.id);
    }
    if (commit) {
      for (Pending event : writer.pending) {
        history.event(new Event(event.place(), null, event.label(), event.timeMs(), event.kind()));
      }
    } else {
      history.aborted(writer.pending.size());
    }
    writer.pending.clear();
  }

  private void send(Writer writer) {
    if (world.cluster.fenced(writer.id, writer.epoch)) {
      return;
    }
    sent++;
    int dice = random.nextInt(100);
    int label = dice % 10 == 0 ? 1 + random.nextInt(2) : 0;
    Kind kind = kind(random.nextInt(100));
    String value = value(kind, label);
    int partition = random.nextInt(world.cluster.partitions(Settings.EVENTS));
    long timeMs = world.time.millis();
    long offset =
        world.cluster.append(
            new ProducerRecord<>(
                Settings.EVENTS,
                partition,
                timeMs,
                null,
                value == null ? null : value.getBytes(UTF_8)),
            world.cluster.open(writer.id, writer.epoch));
    writer.pending.add(
        new Pending(
            new dev.counterweight.campaign.Place(partition, offset),
            kind.counted() ? label : -1,
            timeMs,
            kind));
  }

  private static Kind kind(int dice) {
    return dice < 88
        ? Kind.GOOD
        : switch (dice) {
          case 88, 89, 90 -> Kind.BAD_FEATURE;
          case 91, 92, 93 -> Kind.BAD_LABEL;
          case 94, 95 -> Kind.BROKEN;
          case 96, 97 -> Kind.TOMBSTONE;
          default -> Kind.DUPLICATE;
        };
  }

  private @Nullable String value(Kind kind, int label) {
    String name = Settings.CLASSES.get(label);
    String value =
        "{\"x\":%s,\"y\":%d,\"class\":\"%s\"}"
            .formatted(random.nextInt(1000) / 8.0 + label, random.nextInt(7), name);
    return switch (kind) {
      case TOMBSTONE -> null;
      case BROKEN -> "{";
      case BAD_FEATURE -> value.replace("\"x\":", "\"x\":\"?\",\"z\":");
      case BAD_LABEL -> value.replace(name, "maybe");
      default -> value;
    };
  }
}
