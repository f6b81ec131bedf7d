package dev.counterweight.batch;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How the labels of a partition's last events fell on the classes: of each class {@value #FADES}
 * fading shares, one after the other ({@code FADES} x K, the shares of one fade beside each other).
 *
 * <p>Arrays belong to the record and are not copied.
 *
 * @param before what they were before each row of the evaluation slice; m x FADES x K, row-major
 * @param after what they are after all that the record covers, {partition: FADES x K}; of every
 *     partition that it covers
 */
@SuppressWarnings("ArrayRecordComponent")
public record RecentShares(float[] before, SortedMap<Integer, float[]> after) {
  /** Fades: over about 1, 5 and 33 labels. */
  public static final int FADES = 3;

  // Each share is rounded to a float.
  private static final double ROUNDING = 1e-3;

  /** Of a record that tells none. */
  public static final RecentShares NONE = new RecentShares(new float[0], new TreeMap<>());

  public RecentShares {
    after = Collections.unmodifiableSortedMap(new TreeMap<>(after));
  }

  /**
   * What the shares of so many events take in a record.
   *
   * @param classes K
   */
  public static long bytes(int classes, long events) {
    return (long) FADES * Float.BYTES * classes * events;
  }

  /** What these take in a record. */
  public long bytes() {
    long values = before.length;
    for (float[] shares : after.values()) {
      values += shares.length;
    }
    return values * Float.BYTES;
  }

  /**
   * What keeps numbers from being shares of so many classes, in words: of each row, none is below 0
   * and all add up to 1. Null if nothing.
   */
  public static @Nullable String broken(float[] shares, int classes) {
    for (int at = 0; at < shares.length; at += classes) {
      double sum = 0;
      for (int c = at; c < at + classes; c++) {
        sum += shares[c] >= 0 ? shares[c] : Double.NaN;
      }
      if (!(Math.abs(sum - 1) <= ROUNDING)) {
        return "shares that add up to %s: must be none below 0, and add up to 1".formatted(sum);
      }
    }
    return null;
  }

  /** Whether the record tells any. */
  public boolean told() {
    return !after.isEmpty();
  }

  /** The same with so many classes, of which those added since had no event. */
  RecentShares grown(int from, int to) {
    SortedMap<Integer, float[]> grown = new TreeMap<>();
    after.forEach((partition, shares) -> grown.put(partition, grown(shares, from, to)));
    return new RecentShares(grown(before, from, to), grown);
  }

  /** Shares of so many classes as those of more. */
  public static float[] grown(float[] shares, int from, int to) {
    int rows = shares.length / from;
    float[] grown = new float[rows * to];
    for (int row = 0; row < rows; row++) {
      System.arraycopy(shares, row * from, grown, row * to, from);
    }
    return grown;
  }
}
