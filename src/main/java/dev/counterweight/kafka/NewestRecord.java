package dev.counterweight.kafka;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Finds the newest committed record of a topic of one partition. */
public final class NewestRecord {
  private static final long FIRST_LOOK_BACK = 8;
  private static final long GROWTH = 16;
  private static final Duration POLL = Duration.ofMillis(100);

  private NewestRecord() {}

  /**
   * Reads the end of the topic only, and further back where nothing but markers and aborted records
   * lies there.
   *
   * @param consumer assigned to the topic by this
   * @throws TimeoutException if that takes longer than the timeout
   */
  public static Optional<ConsumerRecord<byte[], byte[]>> of(
      Consumer<byte[], byte[]> consumer, String topic, Duration timeout) {
    TopicPartition partition = new TopicPartition(topic, 0);
    consumer.assign(List.of(partition));
    long deadlineNs = System.nanoTime() + timeout.toNanos();
    long begin = consumer.beginningOffsets(List.of(partition), timeout).getOrDefault(partition, 0L);
    long end = consumer.endOffsets(List.of(partition), timeout).getOrDefault(partition, 0L);
    ConsumerRecord<byte[], byte[]> newest = null;
    long from = end;
    for (long back = FIRST_LOOK_BACK; newest == null && from > begin; back *= GROWTH) {
      from = Math.max(begin, end - back);
      consumer.seek(partition, from);
      newest = lastBelow(end, consumer, partition, deadlineNs);
    }
    return Optional.ofNullable(newest);
  }

  private static @Nullable ConsumerRecord<byte[], byte[]> lastBelow(
      long end, Consumer<byte[], byte[]> consumer, TopicPartition partition, long deadlineNs) {
    ConsumerRecord<byte[], byte[]> last = null;
    while (consumer.position(partition) < end) {
      if (System.nanoTime() >= deadlineNs) {
        throw new TimeoutException(
            "topic '%s' could not be read to its end in time".formatted(partition.topic()));
      }
      for (ConsumerRecord<byte[], byte[]> found : consumer.poll(POLL)) {
        last = found.offset() < end ? found : last;
      }
    }
    return last;
  }
}
