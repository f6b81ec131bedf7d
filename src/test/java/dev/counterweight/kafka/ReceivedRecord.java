package dev.counterweight.kafka;

import java.util.Optional;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.jspecify.annotations.Nullable;

/** Records as a consumer gives them, where there is none. */
public final class ReceivedRecord {
  private ReceivedRecord() {}

  /** A record without key and headers. */
  public static ConsumerRecord<byte[], byte[]> of(
      TopicPartition at, long offset, long timeMs, byte @Nullable [] value) {
    return of(at, offset, timeMs, null, value, new RecordHeaders());
  }

  /** A record. */
  public static ConsumerRecord<byte[], byte[]> of(
      TopicPartition at,
      long offset,
      long timeMs,
      byte @Nullable [] key,
      byte @Nullable [] value,
      Headers headers) {
    return new ConsumerRecord<>(
        at.topic(),
        at.partition(),
        offset,
        timeMs,
        TimestampType.CREATE_TIME,
        key == null ? ConsumerRecord.NULL_SIZE : key.length,
        value == null ? ConsumerRecord.NULL_SIZE : value.length,
        key,
        value,
        headers,
        Optional.empty());
  }
}
