package dev.counterweight.cli;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.runtime.KafkaClients;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;

/**
 * What the newest events of a topic look like to the roles.
 *
 * @param read records read
 * @param classes events read without error, by class, every class listed
 * @param rejected records that would be dead letters, by reason
 * @param examples the first message of each reason, with partition and offset
 */
record EventSample(
    int read, Map<String, Integer> classes, Map<String, Integer> rejected, List<String> examples) {
  private static final int PER_PARTITION = 500;
  private static final int MAX_PARTITIONS = 20;
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  /** Reads up to 500 of the newest records of each of the first 20 partitions, within 10 s. */
  static EventSample take(JobConfig config) {
    EventsConfig events = config.events();
    Collector collector = new Collector(events);
    try (Consumer<byte[], byte[]> consumer =
        new KafkaClients(config.kafka()).consumer(config.job() + ".check", Map.of())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(events.topic(), TIMEOUT).stream()
              .map(PartitionInfo::partition)
              .sorted()
              .limit(MAX_PARTITIONS)
              .map(p -> new TopicPartition(events.topic(), p))
              .toList();
      Map<TopicPartition, Long> begin = consumer.beginningOffsets(partitions, TIMEOUT);
      Map<TopicPartition, Long> end = consumer.endOffsets(partitions, TIMEOUT);
      consumer.assign(partitions);
      partitions.forEach(
          p -> consumer.seek(p, Math.max(offset(begin, p), offset(end, p) - PER_PARTITION)));
      long deadlineNs = System.nanoTime() + TIMEOUT.toNanos();
      while (System.nanoTime() < deadlineNs
          && partitions.stream().anyMatch(p -> consumer.position(p, TIMEOUT) < offset(end, p))) {
        consumer.poll(Duration.ofMillis(200)).forEach(collector::add);
      }
    }
    return collector.sample();
  }

  private static long offset(Map<TopicPartition, Long> offsets, TopicPartition partition) {
    return offsets.getOrDefault(partition, 0L);
  }

  private static final class Collector {
    private final EventDecoder decoder;
    private final float[] features;
    private final List<String> names;
    private final Map<String, Integer> classes = new LinkedHashMap<>();
    private final Map<String, Integer> rejected = new TreeMap<>();
    private final Map<String, String> examples = new TreeMap<>();
    private int read;

    Collector(EventsConfig events) {
      this.decoder = events.decoder();
      this.features = new float[events.schema().featureCount()];
      this.names = events.schema().classes();
      names.forEach(name -> classes.put(name, 0));
    }

    void add(ConsumerRecord<byte[], byte[]> record) {
      read++;
      try {
        EventHead head = decoder.head(record.value(), record.timestamp());
        decoder.features(record.value(), features, 0);
        classes.merge(names.get(head.label()), 1, Integer::sum);
      } catch (EventRejectedException e) {
        rejected.merge(e.reason().name(), 1, Integer::sum);
        examples.putIfAbsent(
            e.reason().name(),
            "partition %d, offset %d: %s"
                .formatted(record.partition(), record.offset(), e.getMessage()));
      }
    }

    EventSample sample() {
      return new EventSample(read, classes, rejected, List.copyOf(examples.values()));
    }
  }
}
