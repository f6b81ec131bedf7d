package dev.counterweight.cli;

import dev.counterweight.cli.NewestRecords.Reach;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.kafka.KafkaClients;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * What the newest events of a topic look like to the roles.
 *
 * @param reach how far back each partition was looked through
 * @param read records read, tombstones left out
 * @param tombstones records without a value, which are passed over
 * @param classes events read without error, by class, every class listed
 * @param features the values of those events' features, in order
 * @param rejected records that would be dead letters, by reason
 * @param firstNamed the first record beside the names that its fields are given; empty where it
 *     names them itself
 * @param examples the first message of each reason, with partition and offset
 */
record EventSample(
    Map<Integer, Reach> reach,
    int read,
    int tombstones,
    Map<String, Integer> classes,
    List<FeatureRange> features,
    Map<String, Integer> rejected,
    List<String> examples,
    EventTimes times,
    String firstNamed) {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Reads the newest records of every partition, up to 500 of each, within 30 s. */
  static EventSample take(JobConfig config) {
    EventsConfig events = config.events();
    Collector collector = new Collector(events);
    try (Consumer<byte[], byte[]> consumer =
        new KafkaClients(config.kafka()).consumer(config.job() + ".check", Map.of())) {
      return collector.sample(
          new NewestRecords(consumer, events.topic(), TIMEOUT).read(collector::add));
    }
  }

  private static final class Collector {
    private final EventDecoder decoder;
    private final float[] row;
    private final List<String> names;
    private final List<FeatureRange> features;
    private final Map<String, Integer> classes = new LinkedHashMap<>();
    private final Map<String, Integer> rejected = new TreeMap<>();
    private final Map<String, String> examples = new TreeMap<>();
    private final EventTimes times;
    private String firstNamed = "";
    private int read;
    private int tombstones;

    Collector(EventsConfig events) {
      this.decoder = events.decoder();
      this.row = new float[events.schema().featureCount()];
      this.names = events.schema().classes();
      this.features = events.schema().features().stream().map(FeatureRange::new).toList();
      this.times = new EventTimes(events.schema());
      names.forEach(name -> classes.put(name, 0));
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
      if (record.value() == null) {
        tombstones++;
        return;
      }
      read++;
      try {
        if (firstNamed.isEmpty()) {
          firstNamed = decoder.named(record.value()).orElse("");
        }
        EventHead head = decoder.head(record.value(), record.timestamp());
        decoder.features(record.value(), row, 0);
        times.add(head.timeMs());
        classes.merge(names.get(head.label()), 1, Integer::sum);
        for (int i = 0; i < row.length; i++) {
          features.get(i).add(row[i]);
        }
      } catch (EventRejectedException e) {
        rejected.merge(e.reason().name(), 1, Integer::sum);
        examples.putIfAbsent(
            e.reason().name(),
            "partition %d, offset %d: %s"
                .formatted(record.partition(), record.offset(), e.getMessage()));
      }
    }

    EventSample sample(Map<Integer, Reach> reach) {
      return new EventSample(
          reach,
          read,
          tombstones,
          classes,
          features,
          rejected,
          List.copyOf(examples.values()),
          times,
          firstNamed);
    }
  }
}
