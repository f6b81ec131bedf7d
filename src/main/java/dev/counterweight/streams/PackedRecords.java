package dev.counterweight.streams;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;

/**
 * What one poll returns, several records packed into one. A chunk has the offset of its first
 * record: what Kafka Streams commits is the offset of the first record not yet processed, or the
 * position when there is none, and both are right for chunks too.
 */
public final class PackedRecords {
  private PackedRecords() {}

  /**
   * The same poll, packed.
   *
   * @param packing what stands for the records of a partition
   */
  public static ConsumerRecords<byte[], byte[]> of(
      ConsumerRecords<byte[], byte[]> polled,
      BiFunction<
              TopicPartition,
              List<ConsumerRecord<byte[], byte[]>>,
              List<ConsumerRecord<byte[], byte[]>>>
          packing) {
    if (polled.isEmpty()) {
      return polled;
    }
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> packed = new HashMap<>();
    for (TopicPartition partition : polled.partitions()) {
      packed.put(partition, packing.apply(partition, polled.records(partition)));
    }
    return new ConsumerRecords<>(packed, polled.nextOffsets());
  }

  /**
   * A record that stands for several.
   *
   * @param first of them
   */
  public static ConsumerRecord<byte[], byte[]> chunk(
      ConsumerRecord<byte[], byte[]> first, byte[] value) {
    return new ConsumerRecord<>(
        first.topic(),
        first.partition(),
        first.offset(),
        Math.max(0, first.timestamp()),
        TimestampType.CREATE_TIME,
        ConsumerRecord.NULL_SIZE,
        value.length,
        null,
        value,
        new RecordHeaders(),
        first.leaderEpoch());
  }
}
