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

  /** The two sides of a join. */
  public enum Side {
    EVENTS,
    LABELS
  }

  private final Map<Side, long[]> watermarks = new EnumMap<>(Side.class);

  /**
   * @param eventsPartitions partitions of the events topic that this task hears of
   * @param labelsPartitions those of the labels topic
   */
  public JoinClock(int eventsPartitions, int labelsPartitions) {
    if (eventsPartitions < 1 || labelsPartitions < 1) {
      throw new IllegalArgumentException(
          "a clock of %d partitions of events and %d of labels: each side has at least one"
              .formatted(eventsPartitions, labelsPartitions));
    }
    watermarks.put(Side.EVENTS, unknown(eventsPartitions));
    watermarks.put(Side.LABELS, unknown(labelsPartitions));
  }

  private long[] of(Side side) {
    return Objects.requireNonNull(watermarks.get(side));
  }

  private static long[] unknown(int partitions) {
    long[] unknown = new long[partitions];
    Arrays.fill(unknown, UNKNOWN);
    return unknown;
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
      long[] grown = unknown(partitions);
      System.arraycopy(before, 0, grown, 0, before.length);
      watermarks.put(side, grown);
    }
  }

  /** The time that all are read up to, or {@link #UNKNOWN}. */
  public long ms() {
    return Math.min(ms(Side.EVENTS), ms(Side.LABELS));
  }

  /** The time that one side is read up to, or {@link #UNKNOWN}. */
  public long ms(Side side) {
    long least = Long.MAX_VALUE;
    for (long watermark : of(side)) {
      least = Math.min(least, watermark);
    }
    return least;
  }
}
