package dev.counterweight.live;

import java.util.ArrayDeque;
import java.util.Deque;

/**
 * How fast a count grows, over its newest readings. The readings' own times are used, so that a
 * reading that comes late does not look like a slow moment. Not thread-safe.
 */
final class Rate {
  private static final int READINGS = 6;
  private static final long STALE_MS = 3_500;

  private record Reading(long timeMs, double count) {}

  private final Deque<Reading> readings = new ArrayDeque<>(READINGS);
  private long movedMs;

  /**
   * Takes in a reading; one no newer than the last is passed over. A count that fell was started
   * anew.
   *
   * @param timeMs when the count was true, by the clock of whoever counted
   * @param nowMs by this process's clock
   */
  void add(long timeMs, double count, long nowMs) {
    Reading last = readings.peekLast();
    if (last != null && count < last.count()) {
      readings.clear();
    } else if (last != null && timeMs <= last.timeMs()) {
      return;
    }
    if (readings.size() == READINGS) {
      readings.removeFirst();
    }
    readings.addLast(new Reading(timeMs, count));
    movedMs = nowMs;
  }

  /** By how much the count grows a second; 0 if no reading came lately, NaN before the second. */
  double perSecond(long nowMs) {
    if (readings.size() < 2) {
      return Double.NaN;
    }
    if (nowMs - movedMs > STALE_MS) {
      return 0;
    }
    Reading first = readings.getFirst();
    Reading last = readings.getLast();
    return (last.count() - first.count()) * 1000 / (last.timeMs() - first.timeMs());
  }
}
