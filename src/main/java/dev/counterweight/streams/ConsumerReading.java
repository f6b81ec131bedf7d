package dev.counterweight.streams;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;

/**
 * How far a consumer is, by what it knows without asking. Used by the consumer's thread.
 *
 * @param consumer that polls
 */
record ConsumerReading(Consumer<?, ?> consumer) implements Intake.Reading {
  @Override
  public Set<TopicPartition> partitions() {
    return consumer.assignment();
  }

  /**
   * What keeps a consumer from a position (none committed, one that was deleted) it says at its
   * next poll too. Said here it would take with it what this poll has brought: Kafka Streams sees
   * to such a partition in silence, and the records would be passed over.
   */
  @Override
  public OptionalLong position(TopicPartition partition) {
    if (lag(partition).isEmpty()) {
      return OptionalLong
          .empty(); // not read from yet: asking would make it look for where to begin
    }
    try {
      return OptionalLong.of(consumer.position(partition, Duration.ZERO));
    } catch (KafkaException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public OptionalLong lag(TopicPartition partition) {
    return consumer.currentLag(partition);
  }
}
