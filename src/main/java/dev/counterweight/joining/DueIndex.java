package dev.counterweight.joining;

import java.util.List;

/** Which key's row is to be looked at when, and where to look for the first. Not thread-safe. */
final class DueIndex {
  private static final long NEVER = Long.MAX_VALUE;

  private final DueRows index;
  private final Totals totals;

  /** No entry is before it; unknown at the start. */
  private long soonestMs = JoinClock.UNKNOWN;

  DueIndex(DueRows index, Totals totals) {
    this.index = index;
    this.totals = totals;
  }

  void put(long dueMs, byte[] keyRow) {
    index.put(dueMs, keyRow);
    totals.due(dueMs);
    soonestMs = Math.min(soonestMs, dueMs);
  }

  /** The entries up to a time, ascending. */
  List<DueRows.Due> due(long untilMs, int most) {
    if (untilMs < totals.fromMs()) {
      return List.of(); // the clock was set back
    }
    return index.first(totals.fromMs(), untilMs, most);
  }

  boolean nothingUntil(long ms) {
    return soonestMs == NEVER || soonestMs > ms;
  }

  /** The time of the first entry, or the greatest long. */
  long firstMs() {
    if (soonestMs == JoinClock.UNKNOWN) {
      lookForFirst();
    }
    return soonestMs;
  }

  /** To be called when entries may have gone. */
  void lookForFirst() {
    List<DueRows.Due> first = due(NEVER, 1);
    soonestMs = first.isEmpty() ? NEVER : first.get(0).dueMs();
  }
}
