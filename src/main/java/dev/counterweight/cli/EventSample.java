package dev.counterweight.cli;

import dev.counterweight.cli.NewestRecords.Reach;
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
import java.util.Collection;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What the newest events of a topic look like to the roles. Not thread-safe. */
final class EventSample {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
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
  private final Map<String, String> given;
  private final WriterSchemas schemas;
  private final EventTimes times;
  private String firstNamed = "";
  private int read;

  private EventSample(JobConfig config, Map<String, String> given, WriterSchemas schemas) {
    EventsConfig events = config.events();
    this.config = config;
    this.given = given;
    this.schemas = schemas;
    this.rejected = new RejectionGroups(events.schema());
    this.fields = new SampledFields(events);
    this.decoder = events.decoder(schemas);
    this.row = new float[events.schema().columnCount()];
    this.names = events.schema().classes();
    this.features = FeatureRange.of(events.schema().features());
    this.times = new EventTimes(events.schema());
    names.forEach(name -> classes.put(name, 0));
  }

  /**
   * Reads the newest records of every partition, up to 500 of each, within 30 s, and tells.
   *
   * @param given every key that is given, as it is written
   */
  static void tell(JobConfig config, Map<String, String> given, Findings findings) {
    try (Consumer<byte[], byte[]> consumer =
        new KafkaClients(config.kafka()).consumer(config.job() + ".check", Map.of())) {
      EventSample sample = new EventSample(config, given, schemas(config));
      sample.tell(
          findings,
          new NewestRecords(consumer, config.events().topic(), TIMEOUT).read(sample::add));
    } catch (SchemaUnavailableException e) {
      findings.wrong("events: " + e.getMessage());
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
      decoder.features(raw, row, 0);
      times.add(head.timeMs());
      classes.merge(names.get(head.label()), 1, Integer::sum);
      features.forEach(feature -> feature.add(row, decoder));
    } catch (EventRejectedException e) {
      if (e.reason().deadLetter()) {
        rejected.add(record, e);
      } else {
        passedOver.merge(e.reason(), 1, Integer::sum);
      }
    }
  }

  /**
   * @param reach how far back each partition was looked through
   */
  private void tell(Findings findings, Map<Integer, Reach> reach) {
    if (read == 0) {
      nothing(findings, reach.values());
      return;
    }
    notFound(findings, reach);
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
              "events: %,d tombstones (records without a value, deletes) are passed over",
              tombstones));
    }
    int unlabelled = passedOver.getOrDefault(Reason.UNLABELLED, 0);
    if (unlabelled > 0 && !labelled() && rejected.events() <= unlabelled) {
      findings.wrong(
          String.format(
              Locale.ROOT,
              "events: %,d of %,d have no label at '%s', and none has a class:"
                  + " events.unlabelled=skip passes over all of them: correct events.label",
              unlabelled,
              read,
              Shown.text(String.valueOf(config.events().schema().label()))));
    } else if (unlabelled > 0) {
      findings.good(
          String.format(
              Locale.ROOT,
              "events: %,d without a label are passed over, as events.unlabelled=skip says",
              unlabelled));
    }
  }

  private void records(Findings findings) {
    int looked = read - passedOver.values().stream().mapToInt(Integer::intValue).sum();
    int dead = rejected.events();
    String line = "events: %d of the newest read, %d would be dead letters".formatted(looked, dead);
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
    if (dead < looked) {
      findings.detail(FeatureRange.header());
      features.forEach(feature -> findings.detail(feature.row()));
    }
  }

  private void groups(Findings findings) {
    List<RejectionGroup> groups = rejected.largestFirst();
    if (groups.isEmpty()) {
      return;
    }
    Mends mends = new Mends(given, config, schemas, fields.profile(), labelled());
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

  private static void nothing(Findings findings, Collection<Reach> reach) {
    long offsets = reach.stream().mapToLong(r -> r.end() - r.from()).sum();
    String among =
        String.format(Locale.ROOT, "%,d offsets of %d partitions", offsets, reach.size());
    if (reach.stream().allMatch(r -> r.begin() == r.end())) {
      findings.good("events: the topic is empty: nothing to look at yet");
    } else if (reach.stream().allMatch(Reach::whole)) {
      findings.note(
          "events: no record among the "
              + among
              + ", looked through to their beginnings: aborted, compacted or deleted");
    } else {
      findings.note("events: no record found within 30 s among the newest " + among);
    }
  }

  /** Partitions that the sample says nothing of, where that is for want of time. */
  private static void notFound(Findings findings, Map<Integer, Reach> reach) {
    String partitions =
        reach.entrySet().stream()
            .filter(entry -> entry.getValue().found() == 0 && !entry.getValue().whole())
            .map(entry -> entry.getKey().toString())
            .collect(Collectors.joining(", "));
    if (!partitions.isEmpty()) {
      findings.note("events: no record found within 30 s in partitions " + partitions);
    }
  }
}
