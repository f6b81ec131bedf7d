package dev.counterweight.evaluation;

/** A confidence interval. */
public record Interval(double low, double high) {
  /** Standard normal quantile of a two-sided 95 %. */
  private static final double Z = 1.959963984540054;

  /**
   * Wilson's 95 % score interval of a proportion (Wilson 1927), within 0 to 1.
   *
   * @param share the proportion seen
   * @param rows rows it was seen on, above 0; of weighted rows, their effective number
   */
  public static Interval wilson(double share, double rows) {
    double square = Z * Z / rows;
    double middle = share + square / 2;
    double reach = Z * StrictMath.sqrt(Math.max(0, share * (1 - share)) / rows + square / rows / 4);
    return new Interval(
        Math.max(0, (middle - reach) / (1 + square)), Math.min(1, (middle + reach) / (1 + square)));
  }

  /** The normal 95 % interval of a mean that cannot be negative. */
  static Interval normal(double mean, double standardError) {
    return new Interval(Math.max(0, mean - Z * standardError), mean + Z * standardError);
  }

  /** Whether all of it lies below all of another. */
  public boolean below(Interval other) {
    return high < other.low;
  }
}
