package dev.counterweight.counter;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Whether a failed topology is started anew: what an outage leaves Kafka Streams with is mended by
 * that, a defect is not. Only what this instance counts shows which of them it is: other counters
 * of the job go on. Not thread-safe.
 */
final class Restarts {
  /** Failures on end after which it is a defect. */
  static final int MOST = 5;

  /** A failure so long after the one before has nothing to do with it. */
  static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);

  private final LongSupplier nanoTime;
  private int failures;
  private long failedNs;
  private long counted;

  /**
   * @param nanoTime as {@link System#nanoTime()}
   */
  Restarts(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /**
   * Takes note of a failure.
   *
   * @param countedNow events that this instance has counted, committed or not
   * @return whether to start anew
   */
  boolean again(long countedNow) {
    long nowNs = nanoTime.getAsLong();
    if (failures > 0 && nowNs - failedNs > FORGOTTEN_AFTER.toNanos()) {
      failures = 0;
    }
    failedNs = nowNs;
    counted = Math.max(counted, countedNow);
    return ++failures <= MOST;
  }

  /**
   * A snapshot was committed since the start.
   *
   * @param countedNow events that this instance has counted; those that it counts again do not show
   *     that it has got any further
   */
  void committed(long countedNow) {
    if (countedNow > counted) {
      failures = 0;
    }
  }
}
