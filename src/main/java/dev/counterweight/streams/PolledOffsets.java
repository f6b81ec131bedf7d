package dev.counterweight.streams;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * How far the consumers of a topology have polled, held against what is committed. After an aborted
 * transaction all that a task had polled has to be polled again, and Kafka Streams (4.3.1) does not
 * see to that in two cases:
 *
 * <ul>
 *   <li>It asks for a rebalance, and where that comes before the task is opened anew, it makes
 *       another task of the same partition, whose consumer goes on where it was.
 *   <li>Else it sets the consumer back, but keeps the offset that the task would have read next,
 *       and commits that if a commit is due before records come.
 * </ul>
 *
 * <p>Either way what was aborted would be passed over in silence. Thread-safe.
 */
final class PolledOffsets {
  /** {partition: the offset behind the last poll}; not of one whose position was set since. */
  private final Map<TopicPartition, Long> polled = new ConcurrentHashMap<>();

  /** A poll has brought these. */
  void polled(ConsumerRecords<byte[], byte[]> records) {
    records.nextOffsets().forEach((partition, next) -> polled.put(partition, next.offset()));
  }

  /** The positions of these are set: nothing of them is polled from there yet. */
  void sought(Collection<TopicPartition> partitions) {
    polled.keySet().removeAll(partitions);
  }

  /**
   * Of a task that is opened, those of its partitions that were polled beyond what is committed.
   *
   * @param committed {partition: what is committed of it, or null}
   */
  Set<TopicPartition> aborted(Map<TopicPartition, OffsetAndMetadata> committed) {
    return committed.entrySet().stream()
        .filter(
            one -> {
              Long next = polled.get(one.getKey());
              return next != null && (one.getValue() == null || next > one.getValue().offset());
            })
        .map(Map.Entry::getKey)
        .collect(Collectors.toSet());
  }

  /** Of offsets to be committed those of partitions that something was polled of. */
  Map<TopicPartition, OffsetAndMetadata> read(Map<TopicPartition, OffsetAndMetadata> offsets) {
    Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>(offsets);
    read.keySet().retainAll(polled.keySet());
    return read;
  }
}
