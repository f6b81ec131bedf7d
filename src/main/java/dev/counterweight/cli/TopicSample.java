package dev.counterweight.cli;

import dev.counterweight.event.RawEvent;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Records;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Committed records from every partition of a topic, the newest and the oldest of each: at most
 * {@value #RECORDS} or so, of {@value #MIB} MiB, read within 30 s.
 *
 * @param records that have a value, by partition and offset
 * @param tombstones records without one
 */
record TopicSample(List<ConsumerRecord<byte[], byte[]>> records, int tombstones) {
  private static final int RECORDS = 50_000;
  private static final int MIB = 64;
  private static final NewestRecords.Amount HALF =
      new NewestRecords.Amount(RECORDS / 2, RECORDS / 2, (MIB / 2) * 1024L * 1024L);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  TopicSample {
    records = List.copyOf(records);
  }

  static TopicSample of(KafkaClients clients, String topic) {
    List<ConsumerRecord<byte[], byte[]>> found = new ArrayList<>();
    try (Consumer<byte[], byte[]> consumer = clients.consumer("counterweight.init", Map.of())) {
      NewestRecords records = new NewestRecords(consumer, topic, HALF, TIMEOUT);
      records.read(found::add);
      records.readOldest(found::add);
    }
    List<ConsumerRecord<byte[], byte[]>> events =
        found.stream()
            .filter(record -> record.value() != null)
            .sorted(
                Comparator.<ConsumerRecord<byte[], byte[]>>comparingInt(ConsumerRecord::partition)
                    .thenComparingLong(ConsumerRecord::offset))
            .toList();
    return new TopicSample(events, found.size() - events.size());
  }

  /** Partitions that it has records of. */
  long partitions() {
    return records.stream().mapToInt(ConsumerRecord::partition).distinct().count();
  }

  List<RawEvent> events() {
    return records.stream().map(Records::event).toList();
  }
}
