package dev.counterweight.joining;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * How long after something its label came, or that none did: after an event, or after the score
 * that was served of it. Of the newest {@value #KEPT}, so that it tells of these days and not of
 * all days. Thread-safe.
 */
public final class RecentDelays {
  static final int KEPT = 1_024;
  private static final long NEVER = -1;

  private final long[] waitedMs = new long[KEPT];
  private int size;
  private int next;

  /** A label came that much later. */
  public void labelled(long afterMs) {
    add(Math.max(0, afterMs));
  }

  /** The wait ended without a label. */
  public void never() {
    add(NEVER);
  }

  /** Half of the labels came within this; empty while there was none. */
  public synchronized OptionalLong medianMs() {
    long[] known = Arrays.stream(waitedMs, 0, size).filter(ms -> ms != NEVER).sorted().toArray();
    return known.length == 0
        ? OptionalLong.empty()
        : OptionalLong.of(known[(known.length - 1) / 2]);
  }

  /** Share that got no label; NaN before the first. */
  public synchronized double neverShare() {
    return (double) Arrays.stream(waitedMs, 0, size).filter(ms -> ms == NEVER).count() / size;
  }

  private synchronized void add(long ms) {
    waitedMs[next] = ms;
    next = (next + 1) % KEPT;
    size = Math.min(size + 1, KEPT);
  }
}
