package dev.counterweight.streams;

import java.time.Duration;
import java.util.OptionalLong;
import java.util.Set;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

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

  @Override
  public OptionalLong position(TopicPartition partition) {
    try {
      return OptionalLong.of(consumer.position(partition, Duration.ZERO));
    } catch (TimeoutException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public OptionalLong lag(TopicPartition partition) {
    return consumer.currentLag(partition);
  }
}
