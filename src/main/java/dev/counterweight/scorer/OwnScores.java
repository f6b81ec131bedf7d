package dev.counterweight.scorer;

import java.util.HashMap;
import java.util.Map;

/**
 * What this process scores, whatever others score of the same job. What was aborted with a
 * transaction is done again, and counted once. Thread-safe.
 */
final class OwnScores {
  private final Map<Integer, Long> from = new HashMap<>();
  private final Map<Integer, Long> furthest = new HashMap<>();
  private long scored;
  private long refused;
  private long passedOver;

  /** What became of a record. */
  enum Outcome {
    SCORED,
    REFUSED,
    PASSED_OVER
  }

  /** A partition has come, or come back; none before this offset is missed. */
  synchronized void begin(int partition, long offset) {
    from.put(partition, offset);
  }

  /** Where the reading of a partition went on when it last came; 0 if it never did. */
  synchronized long from(int partition) {
    return from.getOrDefault(partition, 0L);
  }

  /** Something became of a record. */
  synchronized void take(int partition, long offset, Outcome outcome) {
    Long before = furthest.get(partition);
    if (before != null && offset <= before) {
      return;
    }
    furthest.put(partition, offset);
    switch (outcome) {
      case SCORED -> scored++;
      case REFUSED -> refused++;
      case PASSED_OVER -> passedOver++;
    }
  }

  /** Records taken in, committed or not, each once. */
  synchronized long taken() {
    return scored + refused + passedOver;
  }

  synchronized long scored() {
    return scored;
  }

  synchronized long refused() {
    return refused;
  }
}
