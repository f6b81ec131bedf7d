package dev.counterweight.joiner;

import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.PollBudget;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * The keys of both sides, of which no more is kept than tells that one is too long. That of the
 * record being read is remembered for as long: a consumer reads a record's key just before its
 * value, and gives both the same headers. Used by the thread of one consumer.
 */
final class SideKeys implements Deserializer<byte @Nullable []> {
  private static final Headers NONE = new RecordHeaders();
  private static final int KEPT = EventSchema.MOST_KEY_BYTES + 1;

  private final String events;
  private final String labels;
  private final PollBudget budget;
  private Headers headers = NONE;
  private byte @Nullable [] key;
  private int bytes;

  SideKeys(String events, String labels, PollBudget budget) {
    this.events = events;
    this.labels = labels;
    this.budget = budget;
  }

  /**
   * The key of a record whose value is being read; null if it has none.
   *
   * @param of what the record's key was given with
   */
  byte @Nullable [] of(Headers of) {
    return of == headers ? key : null;
  }

  /** How long the key is that {@link #of} gives, in the topic. */
  int bytes(Headers of) {
    return of == headers ? bytes : 0;
  }

  @Override
  public byte @Nullable [] deserialize(String from, byte @Nullable [] whole) {
    return whole;
  }

  /** Leaves the position where it is: the consumer tells the key's size by it afterwards. */
  @Override
  public byte @Nullable [] deserialize(String from, Headers with, @Nullable ByteBuffer whole) {
    if (!from.equals(events) && !from.equals(labels)) {
      budget.take(with, whole == null ? 0 : whole.remaining());
      return Utils.toNullableArray(whole);
    }
    bytes = whole == null ? 0 : whole.remaining();
    budget.take(with, Math.min(bytes, KEPT));
    headers = with;
    key = whole == null ? null : Utils.toArray(whole, Math.min(bytes, KEPT));
    return key;
  }
}
