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
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Records;
import dev.counterweight.registry.SchemaRegistry;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/** What the newest events of a topic look like to the roles. Not thread-safe. */
final class EventSample {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final EventDecoder decoder;
  private final float[] row;
  private final List<String> names;
  private final List<FeatureRange> features;
  private final Map<String, Integer> classes = new LinkedHashMap<>();
  private final Map<Reason, Integer> rejected = new TreeMap<>(Comparator.comparing(Reason::name));
  private final Map<Reason, String> examples = new TreeMap<>(Comparator.comparing(Reason::name));
  private final EventTimes times;
  private String firstNamed = "";
  private int read;
  private int tombstones;

  private EventSample(EventsConfig events, WriterSchemas schemas) {
    this.decoder = events.decoder(schemas);
    this.row = new float[events.schema().columnCount()];
    this.names = events.schema().classes();
    this.features =
        events.schema().features().columns().stream()
            .map(column -> new FeatureRange(column.name()))
            .toList();
    this.times = new EventTimes(events.schema());
    names.forEach(name -> classes.put(name, 0));
  }

  /** Reads the newest records of every partition, up to 500 of each, within 30 s, and tells. */
  static void tell(JobConfig config, Findings findings) {
    try (Consumer<byte[], byte[]> consumer =
        new KafkaClients(config.kafka()).consumer(config.job() + ".check", Map.of())) {
      EventSample sample = new EventSample(config.events(), schemas(config));
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
    if (record.value() == null) {
      tombstones++;
      return;
    }
    read++;
    RawEvent raw = Records.event(record);
    try {
      if (firstNamed.isEmpty()) {
        // What its fields are taken for, where the format does not name them.
        firstNamed = decoder.named(raw).orElse("");
      }
      EventHead head = decoder.head(raw);
      decoder.features(raw, row, 0);
      times.add(head.timeMs());
      classes.merge(names.get(head.label()), 1, Integer::sum);
      for (int i = 0; i < row.length; i++) {
        features.get(i).add(row[i]);
      }
    } catch (EventRejectedException e) {
      rejected.merge(e.reason(), 1, Integer::sum);
      examples.putIfAbsent(
          e.reason(),
          "partition %d, offset %d: %s"
              .formatted(record.partition(), record.offset(), e.getMessage()));
    }
  }

  /**
   * @param reach how far back each partition was looked through
   */
  private void tell(Findings findings, Map<Integer, Reach> reach) {
    if (read + tombstones == 0) {
      nothing(findings, reach.values());
      return;
    }
    notFound(findings, reach);
    if (tombstones > 0) {
      findings.good(
          "events: %,d tombstones (records without a value) are passed over".formatted(tombstones));
    }
    if (read > 0) {
      records(findings);
    }
  }

  private void records(Findings findings) {
    int dead = rejected.values().stream().mapToInt(Integer::intValue).sum();
    String line =
        "events: %d of the newest read, %d would be dead letters %s"
            .formatted(read, dead, dead == 0 ? "" : rejected);
    if (dead == 0) {
      findings.good(line);
    } else {
      findings.wrong(line);
    }
    examples.values().forEach(findings::detail);
    rejected
        .keySet()
        .forEach(
            reason ->
                findings.detail("mend " + reason + ": " + reason.key() + ", or the producer"));
    if (!firstNamed.isEmpty()) {
      findings.detail("first record: " + firstNamed);
    }
    times.tell(findings);
    classes.forEach((name, count) -> findings.detail("class " + name + ": " + count));
    if (dead < read) {
      findings.detail(FeatureRange.header());
      features.forEach(feature -> findings.detail(feature.row()));
    }
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
