package dev.counterweight.counter;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.NoAnswerException;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Follows the newest committed snapshot of a job. Not thread-safe. */
final class SnapshotTail implements AutoCloseable {
  /** A snapshot takes two offsets, its record and the marker of its transaction. */
  private static final long FIRST_LOOK_BACK = 8;

  private static final long LOOK_BACK_GROWTH = 16;

  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private @Nullable Snapshot newest;

  SnapshotTail(KafkaClients clients, String clientId, String topic) {
    this(clients.consumer(clientId, Map.of()), topic);
  }

  /** Reads by a consumer, which belongs to this from now on. */
  SnapshotTail(Consumer<byte[], byte[]> consumer, String topic) {
    this.partition = new TopicPartition(topic, 0);
    this.consumer = consumer;
    consumer.assign(List.of(partition));
  }

  /**
   * Returns the newest snapshot that is there when this is called, if there is any. Reads the end
   * of the topic only, and further back where nothing but markers and aborted records lies there.
   * May be called again after an outage: what was read before that is not the newest any more.
   *
   * @throws NoAnswerException if that takes longer than the timeout
   */
  Optional<Snapshot> catchUp(Duration timeout) {
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    newest = null;
    long begin = consumer.beginningOffsets(List.of(partition), timeout).getOrDefault(partition, 0L);
    long end = consumer.endOffsets(List.of(partition), timeout).getOrDefault(partition, 0L);
    long from = end;
    for (long back = FIRST_LOOK_BACK; newest == null && from > begin; back *= LOOK_BACK_GROWTH) {
      from = Math.max(begin, end - back);
      readTo(end, from, deadlineNs);
    }
    if (newest == null) {
      consumer.seek(partition, end);
    }
    return Optional.ofNullable(newest);
  }

  private void readTo(long end, long from, long deadlineNs) {
    consumer.seek(partition, from);
    while (consumer.position(partition) < end) {
      if (System.nanoTime() >= deadlineNs) {
        // An older snapshot taken for the newest would misstate what this process counted.
        throw new NoAnswerException(
            "topic '%s' could not be read to its end in time".formatted(partition.topic()), null);
      }
      poll(Duration.ofMillis(100));
    }
  }

  /** Waits up to {@code timeout} for newer snapshots and returns the newest, if there is any. */
  Optional<Snapshot> poll(Duration timeout) {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
      newest = SnapshotJson.read(record.value());
    }
    return Optional.ofNullable(newest);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
