package dev.counterweight.evaluation;

import java.util.OptionalDouble;

/**
 * The areas under a class's ROC and precision-recall curves, from groups of rows of equal score
 * given from the largest score to the smallest. Ties count as scikit-learn counts them: half in the
 * ROC area, at the end of their group in the average precision.
 */
final class RankingCurve {
  private double positives;
  private double negatives;
  private double rankedRight;
  private double precisionSum;

  /**
   * Takes the next group.
   *
   * @param positive weight of the class's own rows in it, at least 0
   * @param negative weight of the other rows in it, at least 0
   */
  void group(double positive, double negative) {
    rankedRight += negative * (positives + positive / 2);
    positives += positive;
    negatives += negative;
    if (positive > 0) {
      precisionSum += positive * (positives / (positives + negatives));
    }
  }

  /** Chance that a row of the class outranks one of another; empty without rows of both kinds. */
  OptionalDouble rocAuc() {
    return positives > 0 && negatives > 0
        ? OptionalDouble.of(rankedRight / positives / negatives)
        : OptionalDouble.empty();
  }

  /** Average precision: sum of (R_n - R_(n-1)) P_n; empty without rows of the class. */
  OptionalDouble averagePrecision() {
    return positives > 0 ? OptionalDouble.of(precisionSum / positives) : OptionalDouble.empty();
  }
}
