package dev.counterweight.joiner;

import java.util.Arrays;
import java.util.OptionalLong;

/**
 * How the newest decisions came about: how long after its event a label came, or that none did. Of
 * the newest {@value #KEPT} events, so that it tells of these days and not of all days.
 * Thread-safe.
 */
final class RecentLabels {
  static final int KEPT = 1_024;
  private static final long NEVER = -1;

  private final long[] waitedMs = new long[KEPT];
  private int size;
  private int next;

  /** A label decided an event that was that much older. */
  void labelled(long afterMs) {
    add(Math.max(0, afterMs));
  }

  /** An event's wait ended without a label. */
  void never() {
    add(NEVER);
  }

  /** Half of the labels came within this; empty while there was none. */
  synchronized OptionalLong medianMs() {
    long[] known = Arrays.stream(waitedMs, 0, size).filter(ms -> ms != NEVER).sorted().toArray();
    return known.length == 0
        ? OptionalLong.empty()
        : OptionalLong.of(known[(known.length - 1) / 2]);
  }

  /** Share of the events that got no label; NaN while none was decided. */
  synchronized double neverShare() {
    return (double) Arrays.stream(waitedMs, 0, size).filter(ms -> ms == NEVER).count() / size;
  }

  private synchronized void add(long ms) {
    waitedMs[next] = ms;
    next = (next + 1) % KEPT;
    size = Math.min(size + 1, KEPT);
  }
}
