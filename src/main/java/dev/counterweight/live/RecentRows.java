package dev.counterweight.live;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/**
 * Rows of each class in the batches of the last five minutes of training, from running totals. Not
 * thread-safe.
 */
final class RecentRows {
  static final long WINDOW_MS = 300_000;
  private static final int PARTS = 30;

  private record Total(long timeMs, Map<String, Long> rows) {}

  private final Deque<Total> totals = new ArrayDeque<>();
  private Total newest = new Total(0, Map.of());

  /** Takes in the totals of a moment. Totals that fell were started anew. */
  void add(long timeMs, Map<String, Long> rows) {
    if (rows.entrySet().stream()
        .anyMatch(e -> e.getValue() < newest.rows().getOrDefault(e.getKey(), 0L))) {
      totals.clear();
    }
    newest = new Total(timeMs, rows);
    Total last = totals.peekLast();
    if (last == null || timeMs - last.timeMs() >= WINDOW_MS / PARTS) {
      totals.addLast(newest);
    }
    while (totals.size() > PARTS) {
      totals.removeFirst();
    }
  }

  /** The window's rows by class; all there are as long as the window has none. */
  Map<String, Long> rows() {
    Total first = totals.peekFirst();
    Map<String, Long> recent = new HashMap<>();
    long sum = 0;
    for (Map.Entry<String, Long> entry : newest.rows().entrySet()) {
      long before = first == null ? 0 : first.rows().getOrDefault(entry.getKey(), 0L);
      long rows = entry.getValue() - before;
      recent.put(entry.getKey(), rows);
      sum += rows;
    }
    return sum > 0 ? recent : newest.rows();
  }
}
