package dev.counterweight.kafka;

import dev.counterweight.event.RawEvent;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.jspecify.annotations.Nullable;

/** Kafka's records as events that are still to be read. */
public final class Records {
  private Records() {}

  /** An event whose bytes and headers are the record's own. */
  public static RawEvent event(ConsumerRecord<byte[], byte[]> record) {
    return event(record.key(), record.value(), record.headers(), record.timestamp());
  }

  /** An event of the parts of a record. */
  public static RawEvent event(
      byte @Nullable [] key, byte @Nullable [] value, Headers headers, long timestampMs) {
    return new RawEvent(
        key,
        value,
        name -> {
          Header last = headers.lastHeader(name);
          return last == null ? null : last.value();
        },
        timestampMs);
  }
}
