package dev.counterweight.streams;

import org.apache.kafka.common.TopicPartition;

/**
 * Retention has overtaken a topology that runs: it is started anew, and its tasks find out at their
 * start what was lost.
 */
public final class RecordsDeletedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public RecordsDeletedException(TopicPartition partition, long offset) {
    super(
        "topic '%s', partition %d: offset %d is not there any more"
            .formatted(partition.topic(), partition.partition(), offset));
  }
}
