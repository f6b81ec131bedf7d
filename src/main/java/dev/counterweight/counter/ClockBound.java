package dev.counterweight.counter;

import java.time.InstantSource;

/**
 * How far event times may lie ahead of this host's clock. Thread-safe if the clock is.
 *
 * @param maxFutureMs {@code events.max.future}
 */
record ClockBound(InstantSource clock, long maxFutureMs) {
  /** Between hosts; above this a clock is wrong, or was. */
  private static final long CLOCKS_DIFFER_MS = 1_000;

  /** The latest time that an event is given now. */
  long latestMs() {
    return clock.millis() + maxFutureMs;
  }

  /**
   * Whether what is counted is dated as it cannot be by a clock that was always right: either this
   * one was ahead then, or it has been set back since.
   *
   * @param asOfMs latest event time counted
   */
  boolean passedBy(long asOfMs) {
    return asOfMs > latestMs() + maxFutureMs + CLOCKS_DIFFER_MS;
  }
}
