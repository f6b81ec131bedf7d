package dev.counterweight.counter;

import dev.counterweight.runtime.FailureException;
import dev.counterweight.runtime.KafkaClients;
import dev.counterweight.weights.ClassWeights;
import dev.counterweight.weights.ClassWeightsJson;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/** Follows the newest committed snapshot of a job. Used by one thread. */
final class SnapshotTail implements AutoCloseable {
  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private @Nullable ClassWeights newest;

  SnapshotTail(KafkaClients clients, String clientId, String topic) {
    this.partition = new TopicPartition(topic, 0);
    this.consumer = clients.consumer(clientId, Map.of());
    consumer.assign(List.of(partition));
  }

  /**
   * Reads every snapshot that is there when this is called and returns the newest, if there is any.
   *
   * @throws FailureException if that takes longer than the timeout
   */
  Optional<ClassWeights> catchUp(Duration timeout) {
    consumer.seekToBeginning(List.of(partition));
    long end = consumer.endOffsets(List.of(partition), timeout).getOrDefault(partition, 0L);
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    while (consumer.position(partition, timeout) < end && System.nanoTime() < deadlineNs) {
      poll(Duration.ofMillis(100));
    }
    if (consumer.position(partition, timeout) < end) {
      // An older snapshot taken for the newest would misstate what this process counted.
      throw new FailureException(
          "topic '%s' could not be read to its end within %d s"
              .formatted(partition.topic(), timeout.toSeconds()));
    }
    return Optional.ofNullable(newest);
  }

  /** Waits up to {@code timeout} for newer snapshots and returns the newest, if there is any. */
  Optional<ClassWeights> poll(Duration timeout) {
    for (ConsumerRecord<byte[], byte[]> record : consumer.poll(timeout)) {
      newest = ClassWeightsJson.read(record.value());
    }
    return Optional.ofNullable(newest);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
