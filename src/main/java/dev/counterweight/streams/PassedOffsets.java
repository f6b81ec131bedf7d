package dev.counterweight.streams;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/**
 * Tells a task by a record of its own that a poll has passed offsets that no record has: markers of
 * transactions, or what was aborted. Whoever waits for all before the end of a partition would wait
 * for ever otherwise.
 */
public final class PassedOffsets {
  private PassedOffsets() {}

  /**
   * The records of a poll, and where the position went on after the last of them, one at the offset
   * before it.
   *
   * @param topics for which that is told
   * @param value of such a record, which tells it from all others
   */
  public static ConsumerRecords<byte[], byte[]> add(
      ConsumerRecords<byte[], byte[]> records, Set<String> topics, byte[] value) {
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> all = new HashMap<>();
    boolean added = false;
    for (Map.Entry<TopicPartition, OffsetAndMetadata> next : records.nextOffsets().entrySet()) {
      TopicPartition partition = next.getKey();
      long passed = next.getValue().offset() - 1;
      if (topics.contains(partition.topic()) && last(records.records(partition)) < passed) {
        List<ConsumerRecord<byte[], byte[]>> more = new ArrayList<>(records.records(partition));
        more.add(record(partition, passed, value));
        all.put(partition, more);
        added = true;
      }
    }
    if (!added) {
      return records;
    }
    records.partitions().forEach(p -> all.putIfAbsent(p, records.records(p)));
    return new ConsumerRecords<>(all, records.nextOffsets());
  }

  private static long last(List<ConsumerRecord<byte[], byte[]>> records) {
    return records.isEmpty() ? -1 : records.get(records.size() - 1).offset();
  }

  private static ConsumerRecord<byte[], byte[]> record(
      TopicPartition partition, long offset, byte[] value) {
    return new ConsumerRecord<>(
        partition.topic(),
        partition.partition(),
        offset,
        0,
        TimestampType.CREATE_TIME,
        ConsumerRecord.NULL_SIZE,
        value.length,
        null,
        value,
        new RecordHeaders(),
        Optional.empty());
  }
}
