package dev.counterweight.kafka;

import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;

/** A consumer of bytes whose polls hold at most {@link PollBudget#MAX_BYTES} and one record. */
class BoundedConsumer extends KafkaConsumer<byte[], byte[]> {
  private final PollBudget budget;

  /** Longer keys and values come cut to what is kept; the record still tells their sizes. */
  BoundedConsumer(Map<String, Object> settings, int mostKeyBytes, int mostValueBytes) {
    this(settings, new PollBudget(PollBudget.MAX_BYTES), mostKeyBytes, mostValueBytes);
  }

  private BoundedConsumer(
      Map<String, Object> settings, PollBudget budget, int mostKeyBytes, int mostValueBytes) {
    super(
        settings, new BoundedBytes(budget, mostKeyBytes), new BoundedBytes(budget, mostValueBytes));
    this.budget = budget;
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    budget.begin();
    return super.poll(timeout);
  }
}
