package dev.counterweight.speed;

import java.util.Locale;
import org.apache.commons.math3.stat.regression.SimpleRegression;

/**
 * Whether a measure grows over a run: the slope of a line through it, by least squares, with its 95
 * % interval. Looks that follow on each other are alike, so that there are fewer than there seem to
 * be: the interval is widened by the correlation of neighbouring residuals, as for an AR(1) process
 * (von Storch and Zwiers, Statistical Analysis in Climate Research, 1999, 6.6.8).
 *
 * @param mean of all looks
 * @param perHour slope
 * @param halfWidth of its interval
 * @param hours from the first look to the last
 */
record Trend(double mean, double perHour, double halfWidth, double hours) {
  private static final double ALPHA = 0.05;

  /** What grows by less of its mean over the run is flat, however sure it is that it grows. */
  private static final double FLAT = 0.02;

  /**
   * @param hours when it was looked at, rising
   * @param values as many, three at least
   */
  static Trend of(double[] hours, double[] values) {
    if (hours.length != values.length || hours.length < 3) {
      throw new IllegalArgumentException(
          "%d times and %d values: as many of both are needed, 3 at least"
              .formatted(hours.length, values.length));
    }
    SimpleRegression line = new SimpleRegression();
    double sum = 0;
    for (int i = 0; i < hours.length; i++) {
      line.addData(hours[i], values[i]);
      sum += values[i];
    }
    double alike = Math.max(0, correlation(line, hours, values));
    return new Trend(
        sum / values.length,
        line.getSlope(),
        line.getSlopeConfidenceInterval(ALPHA) * Math.sqrt((1 + alike) / (1 - alike)),
        hours[hours.length - 1] - hours[0]);
  }

  /** Of the residuals of neighbours; 0 where nothing is left of them. */
  private static double correlation(SimpleRegression line, double[] hours, double[] values) {
    double products = 0;
    double squares = 0;
    double before = 0;
    for (int i = 0; i < hours.length; i++) {
      double residual = values[i] - line.predict(hours[i]);
      products += residual * before;
      squares += residual * residual;
      before = residual;
    }
    return squares == 0 ? 0 : Math.min(0.99, products / squares);
  }

  /** Whether it does not surely grow, or by next to nothing. */
  boolean flat() {
    return perHour - halfWidth <= 0 || perHour * hours <= FLAT * mean;
  }

  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%.3g ± %.2g", perHour, halfWidth);
  }
}
