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
    if (!(quantiles[from] < quantiles[from + intervals]) || Float.isNaN(value)) {
      return 0;
    }
    if (value < quantiles[from]) {
      return (float) -REACH;
    }
    int low = below(from, value);
    if (low == intervals) {
      return (float) REACH;
    }
    double start = quantiles[from + low];
    double width = quantiles[from + low + 1] - start;
    return (float) (REACH * (2 * (low + (value - start) / width) / intervals - 1));
  }

  /** The last quantile, of those from {@code from} on, that is not above a value. */
  private int below(int from, float value) {
    int low = 0;
    int high = intervals + 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (quantiles[from + middle] <= value) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
