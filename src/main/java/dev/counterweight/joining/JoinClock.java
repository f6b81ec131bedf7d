package dev.counterweight.joining;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The join clock of a task: the least watermark of all partitions of both sides. What is before it
 * has been read, but for what is out of order. It may be set back, as the clocks that it is made of
 * may; nothing that was decided is decided again. Not thread-safe.
 */
public final class JoinClock {
  /** Nothing is known of some partition yet: nothing is over. */
  public static final long UNKNOWN = Long.MIN_VALUE;

  private final Map<Side, long[]> watermarks = new EnumMap<>(Side.class);

  /** Of one partition a side, until it hears of more. */
  public JoinClock() {
    for (Side side : Side.values()) {
      watermarks.put(side, new long[] {UNKNOWN});
    }
  }

  private long[] of(Side side) {
    return Objects.requireNonNull(watermarks.get(side));
  }

  /**
   * A partition is read up to here.
   *
   * @param source from 0, of those that this task hears of
   * @param watermarkMs of {@link SourceClock#watermarkMs}
   */
  public void set(Side side, int source, long watermarkMs) {
    of(side)[source] = watermarkMs;
  }

  /** More partitions may be heard of from now on: nothing is known of the new ones. */
  public void grow(Side side, int partitions) {
    long[] before = of(side);
    if (partitions > before.length) {
      long[] grown = Arrays.copyOf(before, partitions);
      Arrays.fill(grown, before.length, partitions, UNKNOWN);
      watermarks.put(side, grown);
    }
  }

  /** The time that all are read up to, or {@link #UNKNOWN}. */
  public long ms() {
    return Math.min(ms(Side.EVENTS), ms(Side.LABELS));
  }

  /** The time that one side is read up to, or {@link #UNKNOWN}. */
  long ms(Side side) {
    long least = Long.MAX_VALUE;
    for (long watermark : of(side)) {
      least = Math.min(least, watermark);
    }
    return least;
  }
}
