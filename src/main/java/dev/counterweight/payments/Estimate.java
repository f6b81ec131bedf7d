package dev.counterweight.payments;

import dev.counterweight.evaluation.Interval;
import java.util.Arrays;

/**
 * A figure and its 95 % interval.
 *
 * @param value NaN where there is nothing to tell it by
 * @param low NaN where there is no interval
 */
public record Estimate(double value, double low, double high) {
  private static final double TAIL = 0.025;
  private static final Estimate UNKNOWN = new Estimate(Double.NaN, Double.NaN, Double.NaN);

  /**
   * With the middle 95 % of what resamples came to; those that are NaN are left out, and all are
   * where the value itself is none.
   */
  static Estimate of(double value, double[] resampled) {
    if (!Double.isFinite(value)) {
      return UNKNOWN;
    }
    double[] sorted = Arrays.stream(resampled).filter(v -> !Double.isNaN(v)).sorted().toArray();
    return new Estimate(value, quantile(sorted, TAIL), quantile(sorted, 1 - TAIL));
  }

  /** A figure without an interval. */
  static Estimate alone(double value) {
    return new Estimate(value, Double.NaN, Double.NaN);
  }

  /**
   * A share, with Wilson's interval.
   *
   * @param hits of them; a part of one where it is expected, not counted
   */
  public static Estimate share(double hits, int of) {
    if (of == 0) {
      return UNKNOWN;
    }
    double share = hits / of;
    Interval interval = Interval.wilson(share, of);
    return new Estimate(share, interval.low(), interval.high());
  }

  /** Whether there was anything to tell it by. */
  public boolean known() {
    return Double.isFinite(value);
  }

  /** Linear between neighbours, as numpy's. */
  private static double quantile(double[] sorted, double share) {
    if (sorted.length == 0) {
      return Double.NaN;
    }
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(sorted.length - 1, below + 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
