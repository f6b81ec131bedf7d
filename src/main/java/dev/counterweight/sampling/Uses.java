package dev.counterweight.sampling;

import java.util.stream.IntStream;

/**
 * How often an event of each class is used: r_c = min(U, s v_c), with the one s at which the draws
 * an event, sum p_c r_c, are D.
 *
 * @param perClass r_c, K values; a class not yet seen has what its weight gives it
 * @param achieved sum p_c r_c: D, or less where the caps do not allow it
 */
@SuppressWarnings("ArrayRecordComponent")
record Uses(double[] perClass, double achieved) {

  /**
   * Solves for s exactly: classes reach the cap in order of falling v_c, so that the number of
   * capped classes is the smallest at which the next one stays below the cap.
   *
   * @param priors p_c, at least 0; 0 for a class not yet seen
   * @param sampling v_c, finite and at least 0; 0 for a class that is not trained on
   * @param draws D, above 0
   * @param maxUses U, above 0
   */
  static Uses solve(double[] priors, double[] sampling, double draws, double maxUses) {
    double scale = scale(priors, sampling, draws, maxUses);
    double[] uses = new double[priors.length];
    double achieved = 0;
    for (int c = 0; c < uses.length; c++) {
      uses[c] = sampling[c] > 0 ? Math.min(maxUses, scale * sampling[c]) : 0;
      achieved += priors[c] * uses[c];
    }
    return new Uses(uses, achieved);
  }

  /** s; infinite where every class is at the cap. */
  private static double scale(double[] priors, double[] sampling, double draws, double maxUses) {
    int[] falling =
        IntStream.range(0, priors.length)
            .filter(c -> priors[c] > 0 && sampling[c] > 0)
            .boxed()
            .sorted((a, b) -> Double.compare(sampling[b], sampling[a]))
            .mapToInt(Integer::intValue)
            .toArray();
    double[] freeWeight = new double[falling.length + 1];
    for (int i = falling.length - 1; i >= 0; i--) {
      freeWeight[i] = freeWeight[i + 1] + priors[falling[i]] * sampling[falling[i]];
    }
    double cappedPrior = 0;
    for (int i = 0; i < falling.length; i++) {
      double scale = (draws - maxUses * cappedPrior) / freeWeight[i];
      if (scale * sampling[falling[i]] <= maxUses) {
        return scale;
      }
      cappedPrior += priors[falling[i]];
    }
    return Double.POSITIVE_INFINITY;
  }
}
