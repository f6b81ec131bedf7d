package dev.counterweight.kafka;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/** Bytes as they are, but no more than so many of them, within the budget of a poll. */
final class BoundedBytes implements Deserializer<byte @Nullable []> {
  private final PollBudget budget;
  private final int most;

  /**
   * @param most bytes of what is longer that are kept: its first ones
   */
  BoundedBytes(PollBudget budget, int most) {
    this.budget = budget;
    this.most = most;
  }

  @Override
  public byte @Nullable [] deserialize(String topic, byte @Nullable [] data) {
    return data == null || data.length <= most ? data : Arrays.copyOf(data, most);
  }

  /** Leaves the position where it is: the consumer tells the size by it afterwards. */
  @Override
  public byte @Nullable [] deserialize(String topic, Headers headers, @Nullable ByteBuffer data) {
    if (data == null) {
      return null;
    }
    int length = Math.min(data.remaining(), most);
    budget.take(headers, length);
    byte[] bytes = new byte[length];
    data.get(data.position(), bytes);
    return bytes;
  }
}
