package dev.counterweight.kafka;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * A consumer of bytes whose polls hold at most {@link PollBudget#MAX_BYTES} and one record, and
 * whose meters are published while it is open, if there are any.
 */
final class BoundedConsumer extends KafkaConsumer<byte[], byte[]> {
  private final PollBudget budget;
  private final Runnable unpublish;

  /** Bytes as they are, but no more than so many of them, within the budget of a poll. */
  record Bytes(PollBudget budget, int most) implements Deserializer<byte @Nullable []> {
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

  /** Longer keys and values come cut to what is kept; the record still tells their sizes. */
  BoundedConsumer(
      Map<String, Object> settings,
      int mostKeyBytes,
      int mostValueBytes,
      @Nullable ClientMeters meters) {
    this(settings, new PollBudget(PollBudget.MAX_BYTES), mostKeyBytes, mostValueBytes, meters);
  }

  private BoundedConsumer(
      Map<String, Object> settings,
      PollBudget budget,
      int mostKeyBytes,
      int mostValueBytes,
      @Nullable ClientMeters meters) {
    super(settings, new Bytes(budget, mostKeyBytes), new Bytes(budget, mostValueBytes));
    this.budget = budget;
    this.unpublish = meters == null ? () -> {} : meters.publish(this);
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    budget.begin();
    return super.poll(timeout);
  }

  @Override
  public void close() {
    unpublish.run();
    super.close();
  }

  @Override
  @Deprecated
  public void close(Duration timeout) {
    unpublish.run();
    super.close(timeout);
  }

  @Override
  public void close(CloseOptions options) {
    unpublish.run();
    super.close(options);
  }
}
