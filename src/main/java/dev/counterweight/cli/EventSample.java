package dev.counterweight.cli;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.event.Shown;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Records;
import dev.counterweight.registry.SchemaRegistry;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/** What the newest events, or labels, of a topic look like to the roles. Not thread-safe. */
final class EventSample {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final NewestRecords.Amount OF_JOIN =
      new NewestRecords.Amount(5_000, 50_000, 64L << 20);
  private static final int MAX_GROUPS = 12;
  private static final int MAX_OTHERS = 2;

  private final EventDecoder decoder;
  private final float[] row;
  private final List<String> names;
  private final List<FeatureRange> features;
  private final Map<String, Integer> classes = new LinkedHashMap<>();
  private final Map<Reason, Integer> passedOver = new EnumMap<>(Reason.class);
  private final RejectionGroups rejected;
  private final SampledFields fields;
  private final JobConfig config;
  private final SampledSide side;
  private final Map<String, String> given;
  private final WriterSchemas schemas;
  private final EventTimes times;
  private String firstNamed = "";
  private int read;
  private final @Nullable Joined joined;

  private EventSample(
      JobConfig config,
      SampledSide side,
      Map<String, String> given,
      WriterSchemas schemas,
      @Nullable Joined joined) {
    this.joined = joined;
    EventsConfig events = side.of(config);
    this.config = config;
    this.side = side;
    this.given = given;
    this.schemas = schemas;
    this.rejected = new RejectionGroups(events.schema());
    this.fields = new SampledFields(events, side);
    this.decoder = events.decoder(schemas);
    this.row = new float[events.schema().columnCount()];
    this.names = events.schema().classes();
    this.features = FeatureRange.of(events.schema().features());
    this.times = new EventTimes(events.schema(), side);
    if (events.schema().label() != null) {
      names.forEach(name -> classes.put(name, 0));
    }
  }

  /** Takes a record that was read, and its join key. */
  interface Joined {
    void take(ConsumerRecord<byte[], byte[]> record, EventHead head, byte[] key);
  }

  /**
   * Reads the newest records of every partition, up to 500 of each, within 30 s, and tells; of a
   * job whose labels come later more, and the oldest too: labels are of events before them.
   *
   * @param given every key that is given, as it is written
   * @param joined takes all that can be read; null if nothing is joined
   */
  static void tell(
      JobConfig config,
      SampledSide side,
      Map<String, String> given,
      Findings findings,
      @Nullable Joined joined) {
    String topic = side.of(config).topic();
    try (Consumer<byte[], byte[]> consumer =
        new KafkaClients(config.kafka()).consumer(config.job() + ".check", Map.of())) {
      EventSample sample = new EventSample(config, side, given, schemas(config), joined);
      NewestRecords records =
          joined == null
              ? new NewestRecords(consumer, topic, TIMEOUT)
              : new NewestRecords(consumer, topic, OF_JOIN, TIMEOUT);
      SampledReach reach = new SampledReach(side, records.read(sample::add));
      if (joined != null) {
        records.readOldest(sample::join);
      }
      sample.tell(findings, reach);
    } catch (SchemaUnavailableException e) {
      findings.wrong(side + ": " + e.getMessage());
    }
  }

  private void join(ConsumerRecord<byte[], byte[]> record) {
    try {
      join(record, decoder.head(Records.event(record)));
    } catch (EventRejectedException e) {
      // What is refused is told of the newest.
    }
  }

  private void join(ConsumerRecord<byte[], byte[]> record, EventHead head) {
    if (joined != null) {
      joined.take(record, head, decoder.joinKey());
    }
  }

  /** The schemas of a job's registry, if it has one. */
  static WriterSchemas schemas(JobConfig config) {
    RegistryConfig registry = config.events().schemas().registry();
    return registry == null
        ? WriterSchemas.NONE
        : new SchemaRegistry(
            registry, "check", new JobMeters(new SimpleMeterRegistry(), config.job()));
  }

  private void add(ConsumerRecord<byte[], byte[]> record) {
    read++;
    RawEvent raw = Records.event(record);
    fields.add(record);
    try {
      if (firstNamed.isEmpty() && record.value() != null) {
        // What its fields are taken for, where the format does not name them.
        firstNamed = decoder.named(raw).orElse("");
      }
      EventHead head = decoder.head(raw);
      join(record, head);
      decoder.features(raw, row, 0);
      times.add(head.timeMs());
      if (head.label() != EventHead.NO_LABEL) {
        classes.merge(names.get(head.label()), 1, Integer::sum);
      }
      features.forEach(feature -> feature.add(row, decoder));
    } catch (EventRejectedException e) {
      if (e.reason().deadLetter()) {
        rejected.add(record, e);
      } else {
        passedOver.merge(e.reason(), 1, Integer::sum);
      }
    }
  }

  private void tell(Findings findings, SampledReach reach) {
    if (read == 0) {
      reach.nothing(findings);
      return;
    }
    reach.notFound(findings);
    passedOver(findings);
    fields.tell(findings);
    records(findings);
  }

  private void passedOver(Findings findings) {
    int tombstones = passedOver.getOrDefault(Reason.TOMBSTONE, 0);
    if (tombstones > 0) {
      findings.good(
          String.format(
              Locale.ROOT,
              "%s: %,d tombstones (records without a value, deletes) are passed over",
              side,
              tombstones));
    }
    int unlabelled = passedOver.getOrDefault(Reason.UNLABELLED, 0);
    if (unlabelled > 0 && !labelled() && rejected.events() <= unlabelled) {
      findings.wrong(
          String.format(
              Locale.ROOT,
              "%s: %,d of %,d have no label at '%s', and none has a class:"
                  + " events.unlabelled=skip passes over all of them: correct %s.label",
              side,
              unlabelled,
              read,
              Shown.text(String.valueOf(side.of(config).schema().label())),
              side));
    } else if (unlabelled > 0) {
      findings.good(
          String.format(
              Locale.ROOT,
              "%s: %,d without a label are passed over, as events.unlabelled=skip says",
              side,
              unlabelled));
    }
  }

  private void records(Findings findings) {
    int looked = read - passedOver.values().stream().mapToInt(Integer::intValue).sum();
    int dead = rejected.events();
    String line =
        "%s: %d of the newest read, %d would be dead letters".formatted(side, looked, dead);
    if (dead == 0) {
      findings.good(line);
    } else {
      findings.wrong(line);
    }
    groups(findings);
    if (!firstNamed.isEmpty()) {
      findings.detail("first record: " + firstNamed);
    }
    times.tell(findings);
    classes.forEach((name, count) -> findings.detail("class " + name + ": " + count));
    if (dead < looked && !features.isEmpty()) {
      findings.detail(FeatureRange.header());
      features.forEach(feature -> findings.detail(feature.row()));
    }
  }

  private void groups(Findings findings) {
    List<RejectionGroup> groups = rejected.largestFirst();
    if (groups.isEmpty()) {
      return;
    }
    Mends mends = new Mends(given, config, side, schemas, fields.profile(), labelled());
    for (RejectionGroup group : groups.subList(0, Math.min(MAX_GROUPS, groups.size()))) {
      findings.detail("%d %s: %s".formatted(group.count(), group.name(), group.example()));
      group.others(MAX_OTHERS).forEach(other -> findings.detail("  " + other));
      findings.detail("  value: " + shown(group.kept().get(0)));
      findings.detail("  mend: " + mends.of(group));
    }
    if (groups.size() > MAX_GROUPS) {
      findings.detail(
          "%d more in %d groups"
              .formatted(
                  groups.stream().skip(MAX_GROUPS).mapToInt(RejectionGroup::count).sum(),
                  groups.size() - MAX_GROUPS));
    }
  }

  /** Whether any event was read whole, with its class. */
  private boolean labelled() {
    return classes.values().stream().anyMatch(seen -> seen > 0);
  }

  private static String shown(ConsumerRecord<byte[], byte[]> event) {
    byte[] value = event.value();
    return value == null ? "none" : Shown.bytes(value);
  }
}
