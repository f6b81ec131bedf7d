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

  /**
   * Writes the copies of a row's numbers.
   *
   * <p>Of four of them at a time the last quantile is looked for that is not above the value: no
   * search waits for another. Without a branch on the values: which way a search goes is not
   * foretold, and a wrong guess costs more than the rest of it. The largest quantile is left out:
   * what is not below it has its copy without a search.
   *
   * @param at where the row begins in {@code rows}
   * @param columns of the row that are the numbers
   * @param target receives a value a number
   * @param out where they go
   */
  public void apply(float[] rows, int at, int[] columns, float[] target, int out) {
    int apart = intervals + 1;
    int last = columns.length - 1;
    for (int f = 0; f <= last; f += 4) {
      int g = Math.min(f + 1, last);
      int h = Math.min(f + 2, last);
      int i = Math.min(f + 3, last);
      float u = rows[at + columns[f]];
      float v = rows[at + columns[g]];
      float x = rows[at + columns[h]];
      float y = rows[at + columns[i]];
      int ofU = f * apart;
      int ofV = g * apart;
      int ofX = h * apart;
      int ofY = i * apart;
      for (int n = intervals; n > 1; n -= n >>> 1) {
        ofU += step(n >>> 1, ofU, u);
        ofV += step(n >>> 1, ofV, v);
        ofX += step(n >>> 1, ofX, x);
        ofY += step(n >>> 1, ofY, y);
      }
      target[out + f] = of(f * apart, ofU, u);
      target[out + g] = of(g * apart, ofV, v);
      target[out + h] = of(h * apart, ofX, x);
      target[out + i] = of(i * apart, ofY, y);
    }
  }

  /** How far a search goes on: {@code half} quantiles, or nowhere if that one is above. */
  private int step(int half, int from, float value) {
    float x = value + 0f; // -0 becomes 0: less itself it has no sign
    // The sign of the difference, which is no NaN: of two that differ it is not 0.
    return half & ~(Float.floatToRawIntBits(x - quantiles[from + half]) >> 31);
  }

  /**
   * The copy of a value of a number.
   *
   * @param from the place of its first quantile
   * @param low that of the last one that is not above the value, if it is between them
   */
  private float of(int from, int low, float value) {
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
    double start = quantiles[low];
    double width = quantiles[low + 1] - start;
    return (float) (REACH * (2 * (low - from + (value - start) / width) / intervals - 1));
  }
}
