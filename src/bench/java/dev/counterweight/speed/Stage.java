package dev.counterweight.speed;

import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** Something that becomes of events in their order, and when. Thread-safe. */
final class Stage {
  private final TreeMap<Long, Long> seen = new TreeMap<>();

  /** All events below an offset have come so far by now. */
  synchronized void reached(long end, long nowNs) {
    if (seen.isEmpty() || end > seen.lastKey()) {
      seen.put(end, nowNs);
    }
  }

  /** Offset after the last event that has come so far. */
  synchronized long end() {
    return seen.isEmpty() ? 0 : seen.lastKey();
  }

  /** When all events below an offset had come so far; 0 if they have not. */
  synchronized long whenNs(long end) {
    Map.Entry<Long, Long> mark = seen.ceilingEntry(end);
    return mark == null ? 0 : mark.getValue();
  }

  /**
   * Milliseconds from when each event was due, sorted; of events that have not come so far none.
   *
   * @param first the events before it are left out
   */
  synchronized double[] sinceDueMs(LoadLevel level, long first) {
    double[] all = new double[Math.toIntExact(level.end() - first)];
    int n = 0;
    long next = first;
    for (Map.Entry<Long, Long> mark : seen.tailMap(first + 1).entrySet()) {
      for (; next < mark.getKey() && next < level.end(); next++) {
        all[n++] = (mark.getValue() - level.dueNs(next)) / 1e6;
      }
    }
    double[] sorted = Arrays.copyOf(all, n);
    Arrays.sort(sorted);
    return sorted;
  }
}
