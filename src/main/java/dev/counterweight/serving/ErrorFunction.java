package dev.counterweight.serving;

/**
 * The error function, to within 1e-12: a Taylor expansion of degree five around the nearest of many
 * points, at which it is known to the last digit. Of plain arithmetic, so that it is the same on
 * every machine. Stateless and thread-safe.
 */
final class ErrorFunction {
  /** Beyond it 1 - erf(x) is below 3e-17. */
  private static final double END = 6;

  private static final int POINTS_A_UNIT = 32;
  private static final double TWO_BY_ROOT_PI = 2 / StrictMath.sqrt(StrictMath.PI);
  private static final double[] VALUES = new double[(int) END * POINTS_A_UNIT + 1];
  private static final double[] SLOPES = new double[VALUES.length];

  static {
    for (int i = 0; i < VALUES.length; i++) {
      double x = (double) i / POINTS_A_UNIT;
      SLOPES[i] = slope(x);
      VALUES[i] = series(x);
    }
  }

  private ErrorFunction() {}

  static double of(double x) {
    double size = Math.abs(x);
    if (!(size < END)) {
      return Double.isNaN(x) ? x : Math.copySign(1, x);
    }
    int nearest = (int) (size * POINTS_A_UNIT + 0.5);
    double c = (double) nearest / POINTS_A_UNIT;
    double d = size - c;
    // The derivatives over the first, by Hermite's polynomials.
    double fifth = (4 * c * c * c * c - 12 * c * c + 3) / 30;
    double fourth = -(2 * c * c * c - 3 * c) / 6;
    double third = (2 * c * c - 1) / 3;
    double gap = d * (1 + d * (-c + d * (third + d * (fourth + d * fifth))));
    return Math.copySign(VALUES[nearest] + SLOPES[nearest] * gap, x);
  }

  /** The derivative. */
  static double slope(double x) {
    return TWO_BY_ROOT_PI * StrictMath.exp(-x * x);
  }

  /** A sum of positive terms: nothing cancels out. */
  private static double series(double x) {
    double term = x;
    double sum = x;
    for (int n = 1; term > sum * 1e-18; n++) {
      term *= 2 * x * x / (2 * n + 1);
      sum += term;
    }
    return Math.min(1, slope(x) * sum);
  }
}
