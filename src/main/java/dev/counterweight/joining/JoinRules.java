package dev.counterweight.joining;

/**
 * What a label belongs to, for how long, and which wins. A label of time tl belongs to an event of
 * time te of its key if they are no further apart than the wait; it corrects one that was written
 * if tl is later than that, by {@code correctForMs} at most.
 *
 * @param waitMs at least 1
 * @param graceMs how far out of order either side may be; at least 4
 * @param correctForMs 0: nothing is corrected
 * @param missing class of an event that no label came for, or {@link #DROP}
 */
public record JoinRules(
    long waitMs, long graceMs, long correctForMs, int missing, Conflict conflict, Scope scope) {
  /** An event that no label came for is dropped. */
  public static final int DROP = -1;

  /** Labels of a key that are kept at most: of more, the one that would not win goes. */
  public static final int MOST_LABELS = 64;

  /** How far from 1970 a time may be: 36,000 years or so, so that sums of times hold. */
  public static final long FURTHEST_MS = 1L << 50;

  private static final long LONGEST_MS = 1L << 48;

  /** Which of several labels of an event decides. */
  public enum Conflict {
    /** The first in the order of the log; the event leaves with it. */
    FIRST,
    /** The one of the latest time, of equal ones the last in the log, once the wait is over. */
    LAST,
    /** The greatest class, of equal ones the first in the log, once the wait is over. */
    PRIORITY
  }

  /** Which events of its key a label belongs to. */
  public enum Scope {
    /** All within the wait. */
    ALL,
    /**
     * Of those known, the latest that is not after the label; where there is none, the earliest
     * that is.
     */
    LATEST
  }

  public JoinRules {
    check("wait", waitMs, 1);
    check("grace", graceMs, 4);
    check("time to correct", correctForMs, 0);
    if (missing < DROP) {
      throw new IllegalArgumentException("missing " + missing + ": a class is 0 or more, -1 drops");
    }
  }

  private static void check(String what, long ms, long least) {
    if (ms < least || ms > LONGEST_MS) {
      throw new IllegalArgumentException(
          "%s of %d ms: must be %d to %d".formatted(what, ms, least, LONGEST_MS));
    }
  }

  static void checkTime(String what, long ms) {
    if (ms < -FURTHEST_MS || ms > FURTHEST_MS) {
      throw new IllegalArgumentException(
          "%s at %d ms: must be within %d of 1970".formatted(what, ms, FURTHEST_MS));
    }
  }

  /** How often to look whether a wait is over, in ms of the join clock and of the wall clock. */
  public long lookMs() {
    return Math.max(1, Math.min(1000, graceMs / 4));
  }

  /**
   * When the wait of an event of this time is over: a look before wait and grace are, so that the
   * event is out when they are.
   */
  public long overMs(long eventMs) {
    return whole(eventMs + waitMs + graceMs - lookMs());
  }

  /** When nothing more can be said of an event of this time that was written. */
  long goneMs(long eventMs) {
    return correctForMs == 0 ? overMs(eventMs) : whole(eventMs + waitMs + correctForMs + graceMs);
  }

  /** When a label of this time that finds no event comes too late. */
  long lateMs(long labelMs) {
    return whole(labelMs + waitMs + graceMs);
  }

  /** When a label of this time is let go: as long as an event that waits may need it. */
  long labelEndMs(long labelMs) {
    return conflict == Conflict.FIRST ? lateMs(labelMs) : whole(labelMs + 2 * waitMs + graceMs);
  }

  /** No event after this is over at t. */
  long overUpToMs(long t) {
    return before(t, waitMs + graceMs - lookMs());
  }

  /** No event after this is gone at t. */
  long goneUpToMs(long t) {
    return before(t, waitMs + correctForMs + graceMs - lookMs());
  }

  private static long before(long t, long ms) {
    return t == Long.MAX_VALUE ? FURTHEST_MS : t - ms;
  }

  boolean belongs(long labelMs, long eventMs) {
    return Math.abs(labelMs - eventMs) <= waitMs;
  }

  /** Whether the label is one that comes after the wait, and still corrects. */
  boolean corrects(long labelMs, long eventMs) {
    long after = labelMs - eventMs - waitMs;
    return after > 0 && after <= correctForMs;
  }

  /** Up to the next bucket of the index of what is due, which are a quarter of a look wide. */
  private long whole(long ms) {
    long bucketMs = Math.max(1, lookMs() / 4);
    return Math.floorDiv(ms + bucketMs - 1, bucketMs) * bucketMs;
  }
}
