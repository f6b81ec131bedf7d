package dev.counterweight.counter;

import org.apache.kafka.common.TopicPartition;

/**
 * Retention has overtaken a counter that runs: it starts anew, and its tasks find out at their
 * start what was lost.
 */
final class EventsDeletedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  EventsDeletedException(TopicPartition partition, long offset) {
    super(
        "topic '%s', partition %d: offset %d is not there any more"
            .formatted(partition.topic(), partition.partition(), offset));
  }
}
