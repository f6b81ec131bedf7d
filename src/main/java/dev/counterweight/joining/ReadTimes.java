package dev.counterweight.joining;

import java.util.Arrays;

/**
 * Up to which time the records of a partition have been read, by their own times: as far as half of
 * the newest are. A single one whose clock was ahead says nothing of those behind it, which a
 * replay has yet to read. Not thread-safe.
 */
public final class ReadTimes {
  /** Few, as a topic of rare labels is taken to be so many behind. */
  static final int NEWEST = 16;

  private final long[] newest = new long[NEWEST];
  private int next;
  private boolean changed;
  private long ms = JoinClock.UNKNOWN;

  public ReadTimes() {
    Arrays.fill(newest, JoinClock.UNKNOWN);
  }

  /** A record was read. */
  public void add(long timeMs) {
    newest[next] = timeMs;
    next = (next + 1) % NEWEST;
    changed = true;
  }

  /** Whoever has read it says that all up to this time is. */
  public void atLeast(long timeMs) {
    ms = Math.max(ms, timeMs);
  }

  /** Never falls; {@link JoinClock#UNKNOWN} before as many as half of the newest are. */
  public long ms() {
    if (changed) {
      long[] sorted = newest.clone();
      Arrays.sort(sorted);
      ms = Math.max(ms, sorted[(NEWEST - 1) / 2]);
      changed = false;
    }
    return ms;
  }
}
