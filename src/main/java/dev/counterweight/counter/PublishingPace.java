package dev.counterweight.counter;

import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * After how many events snapshots are due while catching up: the k-th comes 16 x 1.1^k events after
 * the one before, at most a limit. Early snapshots come often, because early weights change most.
 * Where they are due depends on the events alone, not on what was published between. Immutable.
 */
final class PublishingPace {
  private static final double FIRST = 16;
  private static final double GROWTH = 1.1;

  private final long limit;
  // From the first on, while they come further and further apart; worked out once, since every
  // partial asks.
  private final long[] growing;

  /**
   * @param limit events, at least 1
   */
  PublishingPace(long limit) {
    this.limit = limit;
    LongStream.Builder dues = LongStream.builder();
    long due = 0;
    long step = step(0);
    for (int k = 1; step < limit && due <= Long.MAX_VALUE - step; k++) {
      due += step;
      dues.add(due);
      step = step(k);
    }
    this.growing = dues.build().toArray();
  }

  /** The least number of events above {@code events} at which a snapshot is due. */
  long next(long events) {
    int found = Arrays.binarySearch(growing, events);
    int after = found < 0 ? -found - 1 : found + 1;
    if (after < growing.length) {
      return growing[after];
    }
    long last = growing.length == 0 ? 0 : growing[growing.length - 1];
    return last + ((events - last) / limit + 1) * limit;
  }

  private long step(int k) {
    return (long) Math.min(limit, FIRST * StrictMath.pow(GROWTH, k));
  }
}
