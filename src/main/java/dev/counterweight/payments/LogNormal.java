package dev.counterweight.payments;

import java.util.SplittableRandom;

/**
 * A log-normal density.
 *
 * @param median above 0
 * @param spread standard deviation of the logarithm
 */
record LogNormal(double median, double spread) {
  private static final double ROOT = StrictMath.sqrt(2 * Math.PI);

  /** Numbers are written with two decimals, and never as 0. */
  private static final double CENTS = 100;

  double draw(SplittableRandom random) {
    double value = median * StrictMath.exp(spread * random.nextGaussian());
    return Math.max(1, StrictMath.round(CENTS * value)) / CENTS;
  }

  double density(double value) {
    double off = StrictMath.log(value / median) / spread;
    return StrictMath.exp(-off * off / 2) / (ROOT * spread * value);
  }
}
