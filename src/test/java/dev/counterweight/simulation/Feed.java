package dev.counterweight.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.campaign.History;
import dev.counterweight.campaign.History.Event;
import dev.counterweight.campaign.History.Kind;
import dev.counterweight.campaign.History.Label;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Two producers of events, each in transactions of which some are aborted and some stay open for
 * long. Not thread-safe.
 */
final class Feed {
  /** Some come later than they are waited for. */
  private static final int LABEL_MS = 9_000;

  private final World world;
  private final Random random;
  private final History history;
  private final List<Writer> writers = new ArrayList<>();
  private final int events;
  private final boolean joins;
  private final PriorityQueue<Due> labels =
      new PriorityQueue<>(Comparator.comparingLong(Due::atMs).thenComparing(Due::key));
  private int sent;

  /** A record in an open transaction. */
  private record Pending(Event event) {}

  /** A label that will be known. */
  private record Due(long atMs, int partition, String key, int label) {}

  private static final class Writer {
    final String id;
    final List<Pending> pending = new ArrayList<>();
    int epoch;
    int size;

    Writer(String id) {
      this.id = id;
    }
  }

  Feed(World world, Schedule schedule, History history) {
    this.world = world;
    this.random = new Random(schedule.seed());
    this.events = schedule.events();
    this.joins = schedule.has("joiner");
    this.history = history;
    for (String id : List.of("feed-a", "feed-b")) {
      Writer writer = new Writer(id);
      writer.epoch = world.cluster.begin(id);
      writers.add(writer);
    }
  }

  boolean over() {
    return sent >= events
        && labels.isEmpty()
        && writers.stream().allMatch(writer -> writer.pending.isEmpty());
  }

  int sent() {
    return sent;
  }

  void step() {
    while (!labels.isEmpty() && labels.element().atMs() <= world.time.millis()) {
      send(labels.remove());
    }
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
      writer.pending.forEach(pending -> history.event(pending.event()));
    } else {
      history.aborted(writer.pending.size());
    }
    writer.pending.clear();
  }

  private void send(Writer writer) {
    if (world.cluster.fenced(writer.id, writer.epoch)) {
      return;
    }
    int label = random.nextInt(10) == 0 ? 1 + random.nextInt(2) : 0;
    Kind kind = kind(random.nextInt(100));
    if (joins && kind == Kind.BAD_LABEL) {
      kind = Kind.GOOD; // there is none in it
    }
    int partition = random.nextInt(world.cluster.partitions(Settings.EVENTS));
    String key = joins ? "k" + sent + "-" + partition : null;
    sent++;
    long timeMs = world.time.millis();
    String value = joins ? unlabelled(kind, timeMs) : value(kind, label);
    long offset =
        world.cluster.append(
            new ProducerRecord<>(
                Settings.EVENTS,
                partition,
                timeMs,
                key == null ? null : key.getBytes(UTF_8),
                value == null ? null : value.getBytes(UTF_8)),
            world.cluster.open(writer.id, writer.epoch));
    writer.pending.add(
        new Pending(
            new Event(
                new dev.counterweight.campaign.Place(partition, offset),
                key,
                kind.counted() && !joins ? label : -1,
                timeMs,
                kind)));
    if (key != null) {
      labelLater(partition, key, label, timeMs);
    }
  }

  /** Most events get a label, a few too late, or two that disagree, or one that cannot be read. */
  private void labelLater(int partition, String key, int label, long timeMs) {
    int dice = random.nextInt(100);
    if (dice < 65) {
      labels.add(new Due(timeMs + random.nextInt(LABEL_MS), partition, key, label));
    }
    if (dice < 8) {
      labels.add(new Due(timeMs + random.nextInt(LABEL_MS), partition, key, 1));
    }
    if (dice == 99) {
      labels.add(new Due(timeMs + random.nextInt(LABEL_MS), partition, key, -1));
    }
  }

  private void send(Due due) {
    long timeMs = world.time.millis();
    String name = due.label() < 0 ? "maybe" : Settings.CLASSES.get(due.label());
    String value = "{\"class\":\"%s\",\"t\":%d}".formatted(name, timeMs);
    long offset =
        world.cluster.append(
            new ProducerRecord<>(
                Settings.LABELS,
                due.partition(),
                timeMs,
                due.key().getBytes(UTF_8),
                value.getBytes(UTF_8)));
    history.label(
        new Label(
            new dev.counterweight.campaign.Place(due.partition(), offset),
            due.key(),
            due.label(),
            timeMs));
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

  private @Nullable String unlabelled(Kind kind, long timeMs) {
    String value =
        "{\"x\":%s,\"y\":%d,\"t\":%d}"
            .formatted(random.nextInt(1000) / 8.0, random.nextInt(7), timeMs);
    return switch (kind) {
      case TOMBSTONE -> null;
      case BROKEN -> "{";
      case BAD_FEATURE -> value.replace("\"x\":", "\"x\":\"?\",\"z\":");
      default -> value;
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
