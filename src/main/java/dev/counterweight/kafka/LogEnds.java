package dev.counterweight.kafka;

import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Where logs begin, and where they end for the readers of committed records. Every call asks the
 * cluster, and throws {@link TimeoutException} where it does not answer in time. Does not own the
 * consumer, and leaves its positions alone; not thread-safe.
 */
public final class LogEnds {
  private final Consumer<?, ?> consumer;
  private final @Nullable Duration timeout;

  /** Waits for answers as long as the consumer is set to, by {@code default.api.timeout.ms}. */
  public LogEnds(Consumer<?, ?> consumer) {
    this(consumer, null);
  }

  /**
   * @param timeout for each answer; null for as long as the consumer is set to
   */
  public LogEnds(Consumer<?, ?> consumer, @Nullable Duration timeout) {
    this.consumer = consumer;
    this.timeout = timeout;
  }

  /** The partitions 0 to {@code count - 1} of a topic. */
  public static List<TopicPartition> partitions(String topic, int count) {
    return IntStream.range(0, count).mapToObj(p -> new TopicPartition(topic, p)).toList();
  }

  /** The oldest offset that is kept. */
  public long first(TopicPartition partition) {
    return Objects.requireNonNull(firsts(List.of(partition)).get(partition.partition()));
  }

  /** The offset after the newest that can be read. */
  public long end(TopicPartition partition) {
    return Objects.requireNonNull(ends(List.of(partition)).get(partition.partition()));
  }

  /** {partition: oldest offset that is kept} of partitions of one topic. */
  public SortedMap<Integer, Long> firsts(Collection<TopicPartition> partitions) {
    return byPartition(
        timeout == null
            ? consumer.beginningOffsets(partitions)
            : consumer.beginningOffsets(partitions, timeout));
  }

  /** {partition: offset after the newest that can be read} of partitions of one topic. */
  public SortedMap<Integer, Long> ends(Collection<TopicPartition> partitions) {
    return byPartition(
        timeout == null
            ? consumer.endOffsets(partitions)
            : consumer.endOffsets(partitions, timeout));
  }

  private static SortedMap<Integer, Long> byPartition(Map<TopicPartition, Long> offsets) {
    SortedMap<Integer, Long> found = new TreeMap<>();
    offsets.forEach((partition, offset) -> found.put(partition.partition(), offset));
    return found;
  }
}
