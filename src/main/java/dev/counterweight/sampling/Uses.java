package dev.counterweight.sampling;

import dev.counterweight.weights.Snapshot;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * How often an event of each class is used: r_c = min(U_c, s v_c), with the one s at which the
 * draws an event, sum p_c r_c, are D.
 *
 * @param perClass r_c, K values; a class not yet seen has what its weight gives it
 * @param achieved sum p_c r_c: D, or less where the caps do not allow it
 */
@SuppressWarnings("ArrayRecordComponent")
public record Uses(double[] perClass, double achieved) {
  /**
   * A D this near to all that the caps allow is that: what is left for the last class below the cap
   * would be the rounding error of the others', which may be 0.
   */
  private static final double ROUNDING = 1e-12;

  /**
   * By the recipe of a policy.
   *
   * @param draws D, above 0, for the recipes that make so many draws an event
   */
  static Uses of(SamplingPolicy policy, double draws, Snapshot snapshot, double[] sampling) {
    double[] priors = snapshot.priors();
    return switch (policy.preset()) {
      case HYBRID, WEIGHTED_RANDOM ->
          solve(priors, sampling, draws, policy.maxUses(snapshot.counts()));
      case NONE, UNDERSAMPLE -> atMostOnce(priors, sampling);
      case OVERSAMPLE -> atLeastOnce(priors, sampling);
    };
  }

  /** With the same cap for every class. */
  public static Uses solve(double[] priors, double[] sampling, double draws, double maxUses) {
    return solve(priors, sampling, draws, alike(priors.length, maxUses));
  }

  /**
   * Solves for s exactly: classes reach their caps in order of falling v_c / U_c, so that the
   * number of capped classes is the smallest at which the next one stays below its cap.
   *
   * @param priors p_c, at least 0; 0 for a class not yet seen
   * @param sampling v_c, finite and at least 0; 0 for a class that is not trained on
   * @param draws D, above 0
   * @param maxUses U_c, above 0; infinite for no cap
   */
  public static Uses solve(double[] priors, double[] sampling, double draws, double[] maxUses) {
    double scale = scale(priors, sampling, draws, maxUses);
    double[] uses = new double[priors.length];
    double achieved = 0;
    for (int c = 0; c < uses.length; c++) {
      uses[c] = sampling[c] > 0 ? Math.min(maxUses[c], scale * sampling[c]) : 0;
      achieved += priors[c] * uses[c];
    }
    return new Uses(uses, achieved);
  }

  /**
   * r_c = v_c / max v, the largest over the classes seen: no event is used more than once, and one
   * of the class with the largest weight is used for sure.
   */
  static Uses atMostOnce(double[] priors, double[] sampling) {
    double largest = 0;
    for (int c = 0; c < priors.length; c++) {
      largest = Math.max(largest, priors[c] > 0 ? sampling[c] : 0);
    }
    return scaled(priors, sampling, largest, alike(priors.length, 1));
  }

  /**
   * r_c = v_c / min v, the smallest above 0 over the classes seen: every event is used at least
   * once.
   */
  static Uses atLeastOnce(double[] priors, double[] sampling) {
    double smallest = Double.POSITIVE_INFINITY;
    for (int c = 0; c < priors.length; c++) {
      smallest = priors[c] > 0 && sampling[c] > 0 ? Math.min(smallest, sampling[c]) : smallest;
    }
    return scaled(priors, sampling, smallest, alike(priors.length, Double.POSITIVE_INFINITY));
  }

  /**
   * The least D that keeps rare classes in use: that at which an event of every class rarer than
   * half its even share, of the classes seen that are drawn, is used at least once.
   *
   * @return 0 if no class is that rare
   */
  public static double leastDraws(double[] priors, double[] sampling, double[] maxUses) {
    long drawn =
        IntStream.range(0, priors.length).filter(c -> priors[c] > 0 && sampling[c] > 0).count();
    double unit = Double.POSITIVE_INFINITY;
    for (int c = 0; c < priors.length; c++) {
      boolean rare = priors[c] > 0 && sampling[c] > 0 && priors[c] * drawn < 0.5;
      unit = rare ? Math.min(unit, sampling[c]) : unit;
    }
    return unit == Double.POSITIVE_INFINITY ? 0 : scaled(priors, sampling, unit, maxUses).achieved;
  }

  /** r_c = min(U_c, v_c / unit); one use each while no class with a sampling weight was seen. */
  private static Uses scaled(double[] priors, double[] sampling, double unit, double[] maxUses) {
    double[] uses = new double[priors.length];
    double achieved = 0;
    boolean known = unit > 0 && unit < Double.POSITIVE_INFINITY;
    for (int c = 0; c < uses.length; c++) {
      uses[c] = sampling[c] > 0 ? (known ? Math.min(maxUses[c], sampling[c] / unit) : 1) : 0;
      achieved += priors[c] * uses[c];
    }
    return new Uses(uses, achieved);
  }

  private static double[] alike(int classes, double cap) {
    double[] caps = new double[classes];
    Arrays.fill(caps, cap);
    return caps;
  }

  /** s; infinite where every class is at its cap. */
  private static double scale(double[] priors, double[] sampling, double draws, double[] maxUses) {
    int[] falling =
        IntStream.range(0, priors.length)
            .filter(c -> priors[c] > 0 && sampling[c] > 0)
            .boxed()
            .sorted((a, b) -> Double.compare(sampling[b] / maxUses[b], sampling[a] / maxUses[a]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] freeWeight = new double[falling.length + 1];
    for (int i = falling.length - 1; i >= 0; i--) {
      freeWeight[i] = freeWeight[i + 1] + priors[falling[i]] * sampling[falling[i]];
    }
    if (falling.length == 0 && Arrays.stream(maxUses).allMatch(Double::isInfinite)) {
      return 1;
    }
    double most = Arrays.stream(falling).mapToDouble(c -> maxUses[c] * priors[c]).sum();
    if (draws >= most * (1 - ROUNDING)) {
      return Double.POSITIVE_INFINITY;
    }
    double capped = 0;
    for (int i = 0; i < falling.length; i++) {
      double scale = (draws - capped) / freeWeight[i];
      if (scale * sampling[falling[i]] <= maxUses[falling[i]]) {
        return scale;
      }
      capped += maxUses[falling[i]] * priors[falling[i]];
    }
    return Double.POSITIVE_INFINITY;
  }
}
