package dev.counterweight.counter;

import dev.counterweight.kafka.PollBudget;
import java.nio.ByteBuffer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * Drops the keys of events, which counting has no use for: a few bytes of a compressed batch may
 * become a large one. Those of other topics stay. Used by the thread of one consumer.
 */
final class DroppedKeys implements Deserializer<byte @Nullable []> {
  private final String topic;
  private final PollBudget budget;

  /**
   * @param topic of events
   */
  DroppedKeys(String topic, PollBudget budget) {
    this.topic = topic;
    this.budget = budget;
  }

  @Override
  public byte @Nullable [] deserialize(String from, byte @Nullable [] key) {
    return from.equals(topic) ? null : key;
  }

  @Override
  public byte @Nullable [] deserialize(String from, Headers headers, @Nullable ByteBuffer key) {
    if (from.equals(topic)) {
      budget.take(headers, 0);
      return null;
    }
    return Utils.toNullableArray(key);
  }
}
