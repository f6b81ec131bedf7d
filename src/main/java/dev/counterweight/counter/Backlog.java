package dev.counterweight.counter;

/**
 * Whether a partition is behind, and for how long it was. In a steady flow a partition falls behind
 * for a moment again and again: that is no backlog. Used by the thread of one task.
 */
final class Backlog {
  private static final long NOT_BEHIND = Long.MAX_VALUE;

  private final UpdateTimes times;
  private long behindSinceMs = NOT_BEHIND;

  Backlog(UpdateTimes times) {
    this.times = times;
  }

  /**
   * Takes note of what was counted last.
   *
   * @param newest whether nothing was waiting behind it
   * @return whether a backlog ends with it
   */
  boolean endsWith(boolean newest, long nowMs) {
    boolean ends = newest && behind() && times.backlog(nowMs - behindSinceMs);
    if (newest) {
      behindSinceMs = NOT_BEHIND;
    } else {
      // The clock may have been set back.
      behindSinceMs = Math.min(behindSinceMs, nowMs);
    }
    return ends;
  }

  private boolean behind() {
    return behindSinceMs != NOT_BEHIND;
  }
}
