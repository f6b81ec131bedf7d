package dev.counterweight.counter;

/**
 * Decides whether the clock or what is counted is right where they differ: the events that come
 * tell. One that was late, or dated ahead, is outvoted by the others. Not thread-safe.
 */
final class ClockVote {
  /** By so many more events must the clock be borne out than contradicted. */
  static final int ENOUGH = 100;

  private long lead;

  /** So many events agree with the clock, and so many are dated ahead of it. */
  void cast(long agree, long ahead) {
    lead = Math.max(0, lead + agree - ahead);
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
