package dev.counterweight.counter;

import java.time.InstantSource;

/**
 * How far event times may lie ahead of this host's clock; and which of the two is right where the
 * clock and what is counted differ by more: the events that come tell. One that was late, or dated
 * ahead, is outvoted by the others. Not thread-safe.
 */
final class ClockVote {
  /** By so many more events must the clock be borne out than contradicted. */
  static final int ENOUGH = 100;

  /** Between hosts; above this a clock is wrong, or was. */
  private static final long CLOCKS_DIFFER_MS = 1_000;

  private final InstantSource clock;
  private final long maxFutureMs;
  private long lead;

  /**
   * @param maxFutureMs {@code events.max.future}
   */
  ClockVote(InstantSource clock, long maxFutureMs) {
    this.clock = clock;
    this.maxFutureMs = maxFutureMs;
  }

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

  /** So many events agree with the clock. */
  void agree(long events) {
    lead += events;
  }

  /** So many events are dated ahead of the clock. */
  void contradict(long events) {
    lead = Math.max(0, lead - events);
  }

  /** Whether the clock is right. */
  boolean carried() {
    return lead >= ENOUGH;
  }

  /** There is nothing to decide any more. */
  void forget() {
    lead = 0;
  }
}
