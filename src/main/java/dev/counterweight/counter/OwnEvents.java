package dev.counterweight.counter;

import java.util.HashMap;
import java.util.Map;

/**
 * How many events this process counted, whatever others counted of the same job. What was aborted
 * with a transaction is taken back when its partition comes back. Thread-safe.
 */
final class OwnEvents {
  private final Map<Integer, Span> spans = new HashMap<>();
  private long ended;

  /** What was counted of a partition since it came. */
  private record Span(long before, long counted) {}

  /**
   * A partition has come, or come back.
   *
   * @param counted events of it that anybody has counted, as the store says
   */
  synchronized void begin(int partition, long counted) {
    Span last = spans.put(partition, new Span(counted, 0));
    if (last != null) {
      ended += Math.max(0, Math.min(last.counted, counted - last.before));
    }
  }

  /** So many more events of a partition have been counted. */
  synchronized void add(int partition, int events) {
    spans.computeIfPresent(partition, (p, span) -> new Span(span.before, span.counted + events));
  }

  synchronized long total() {
    return ended + spans.values().stream().mapToLong(Span::counted).sum();
  }
}
