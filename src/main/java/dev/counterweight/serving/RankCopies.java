package dev.counterweight.serving;

/**
 * Copies of numbers by rank: where a value stands among the quantiles of its column, on a scale
 * from {@code -REACH} to {@code REACH}. Between two quantiles a copy is interpolated linearly; of
 * equal quantiles the last counts, as in numpy's {@code interp}. The copy of a value that is
 * missing, NaN, is 0, and so is that of every value of a column whose quantiles are all alike.
 * Immutable if its array is.
 */
public final class RankCopies {
  /** The copy of a column's largest value; that of its least is the negative. */
  public static final double REACH = 1.7;

  private final float[] quantiles;
  private final int intervals;

  /**
   * @param quantiles of number f from f (intervals + 1), ascending; not copied
   * @param intervals between the quantiles of a column, at least 1
   */
  public RankCopies(float[] quantiles, int intervals) {
    this.quantiles = quantiles;
    this.intervals = intervals;
  }

  /** The copy of a value of a number. */
  public float of(int number, float value) {
    int from = number * (intervals + 1);
    int last = from + intervals;
    if (!(quantiles[from] < quantiles[last]) || Float.isNaN(value)) {
      return 0;
    }
    if (value < quantiles[from]) {
      return (float) -REACH;
    }
    if (value >= quantiles[last]) {
      return (float) REACH;
    }
    int low = below(from, value);
    double start = quantiles[low];
    double width = quantiles[low + 1] - start;
    return (float) (REACH * (2 * (low - from + (value - start) / width) / intervals - 1));
  }

  /**
   * The place of the last quantile, of those from {@code from} on, that is not above a value, which
   * is between them. Without a branch on the values: which way a search goes is not foretold, and a
   * wrong guess costs more than the rest of it.
   */
  private int below(int from, float value) {
    float x = value + 0f; // -0 becomes 0: less itself it has no sign
    int low = from;
    for (int n = intervals + 1; n > 1; ) {
      int half = n >>> 1;
      // The sign of the difference, which is no NaN: of two that differ it is not 0.
      int above = Float.floatToRawIntBits(x - quantiles[low + half]) >> 31;
      low += half & ~above;
      n -= half;
    }
    return low;
  }
}
