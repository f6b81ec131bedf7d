package dev.counterweight.counter;

import java.util.HashMap;
import java.util.Map;

/**
 * What this process counts, whatever others count of the same job: how many events, and from which
 * offset on. What was aborted with a transaction is taken back when its partition comes back.
 * Thread-safe.
 */
final class OwnEvents {
  private final Map<Integer, Span> spans = new HashMap<>();
  private long ended;

  /** What was counted of a partition since it came, from an offset on. */
  private record Span(long from, long before, long counted) {}

  /**
   * A partition has come, or come back.
   *
   * @param from where its counting goes on: no event before this offset is missed
   * @param counted events of it that anybody has counted, as the store says
   */
  synchronized void begin(int partition, long from, long counted) {
    Span last = spans.put(partition, new Span(from, counted, 0));
    if (last != null) {
      ended += Math.max(0, Math.min(last.counted, counted - last.before));
    }
  }

  /** So many more events of a partition have been counted. */
  synchronized void add(int partition, int events) {
    spans.computeIfPresent(
        partition, (p, span) -> new Span(span.from, span.before, span.counted + events));
  }

  /** Where the counting of a partition went on when it last came; 0 if it never did. */
  synchronized long from(int partition) {
    Span span = spans.get(partition);
    return span == null ? 0 : span.from;
  }

  synchronized long total() {
    return ended + spans.values().stream().mapToLong(Span::counted).sum();
  }
}
