package dev.counterweight.streams;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether a failed topology is started anew: what an outage leaves Kafka Streams with is mended by
 * that, a defect is not. Only what this instance takes in shows which of them it is: others of its
 * group go on. Not thread-safe.
 */
final class Restarts {
  /** Failures on end after which it is a defect. */
  static final int MOST = 5;

  /** A failure so long after the one before has nothing to do with it. */
  static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

  private final LongSupplier nanoTime;
  private int failures;
  private long failedNs;
  private long taken;

  /**
   * @param nanoTime as {@link System#nanoTime()}
   */
  Restarts(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Takes note of a failure.
   *
   * @param takenNow records that this instance has taken in, committed or not
   * @return whether to start anew
   */
  boolean again(long takenNow) {
    long nowNs = nanoTime.getAsLong();
    if (failures > 0 && nowNs - failedNs > FORGOTTEN_AFTER.toNanos()) {
      failures = 0;
    }
    failedNs = nowNs;
    taken = Math.max(taken, takenNow);
    return ++failures <= MOST;
  }

  /**
   * Something was committed since the start.
   *
   * @param takenNow records that this instance has taken in; those that it takes in again do not
   *     show that it has got any further
   */
  void committed(long takenNow) {
    if (takenNow > taken) {
      failures = 0;
    }
  }
}
