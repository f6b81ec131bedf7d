package dev.counterweight.counter;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.PollBudget;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Drops the keys of events, which counting has no use for once their heads are read: a few bytes of
 * a compressed batch may become a large one. Where label, time or importance stands in the key,
 * that of the record being read is kept for as long: a consumer reads a record's key just before
 * its value, and gives both the same headers. Keys of other topics stay. Used by the thread of one
 * consumer.
 */
final class EventKeys implements Deserializer<byte @Nullable []> {
  private static final Headers NONE = new RecordHeaders();

  private final String topic;
  private final boolean needed;
  private final int mostBytes;
  private final PollBudget budget;
  private Headers headers = NONE;
  private byte @Nullable [] key;

  EventKeys(EventsConfig events, PollBudget budget) {
    this.topic = events.topic();
    this.needed = events.schema().headInKey();
    this.mostBytes = EventsConfig.KEPT_KEY_BYTES;
    this.budget = budget;
  }

  /**
   * The key of a record whose value is being read; null if it has none, or none is needed.
   *
   * @param of what the record's key was given with
   */
  byte @Nullable [] of(Headers of) {
    return of == headers ? key : null;
  }

  @Override
  public byte @Nullable [] deserialize(String from, byte @Nullable [] bytes) {
    return from.equals(topic) ? null : bytes;
  }

  /** Leaves the position where it is: the consumer tells the key's size by it afterwards. */
  @Override
  public byte @Nullable [] deserialize(String from, Headers with, @Nullable ByteBuffer bytes) {
    if (!from.equals(topic)) {
      return Utils.toNullableArray(bytes);
    }
    budget.take(with, 0);
    if (needed) {
      headers = with;
      key = bytes == null ? null : Utils.toArray(bytes, Math.min(bytes.remaining(), mostBytes));
    }
    return null;
  }
}
