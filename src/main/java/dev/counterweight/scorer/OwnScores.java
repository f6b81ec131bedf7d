package dev.counterweight.scorer;

import dev.counterweight.streams.OwnReading;
import org.apache.kafka.common.TopicPartition;

/**
 * What this process scores, whatever others score of the same job. What was aborted with a
 * transaction is done again, and counted once. Thread-safe.
 */
final class OwnScores {
  private final OwnReading reading = new OwnReading();
  private long scored;
  private long refused;

  /** What became of a record. */
  enum Outcome {
    SCORED,
    REFUSED,
    PASSED_OVER
  }

  /** What was read, whatever became of it. */
  OwnReading reading() {
    return reading;
  }

  /** Something became of a record. */
  synchronized void take(TopicPartition partition, long offset, Outcome outcome) {
    if (reading.take(partition, offset, 1) > 0) {
      switch (outcome) {
        case SCORED -> scored++;
        case REFUSED -> refused++;
        case PASSED_OVER -> {
          // Told of nowhere but by what was read.
        }
      }
    }
  }

  synchronized long scored() {
    return scored;
  }

  synchronized long refused() {
    return refused;
  }
}
