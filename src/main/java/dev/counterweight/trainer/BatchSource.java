package dev.counterweight.trainer;

import dev.counterweight.trainer.BatchLog.Batch;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** The batch records to train on, in the log's order. Used by one thread. */
interface BatchSource extends AutoCloseable {

  /**
   * The next record, or null if none came in time.
   *
   * @throws dev.counterweight.protocol.FailureException if it cannot be read or decoded, or if
   *     reading on is not possible
   */
  @Nullable Batch next(Duration timeout);

  /** Every record below this offset was returned by {@link #next}. */
  long position();

  /** Records that stand in the log and were not returned yet, as far as is known. */
  long lag();

  /** Whether every record that there is was returned by {@link #next}; asks the broker. */
  boolean exhausted();

  @Override
  void close();
}
