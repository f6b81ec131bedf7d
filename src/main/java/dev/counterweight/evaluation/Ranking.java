package dev.counterweight.evaluation;

import static java.lang.StrictMath.log1p;

import java.util.OptionalDouble;

/**
 * How well scores rank a class against the rest: the areas under its ROC and precision-recall
 * curves, from groups of rows given from the largest score to the smallest. The rows of a group
 * have one score, and count as scikit-learn counts ties: half in the ROC area, at the end of their
 * group in the average precision.
 *
 * <p>Of a group whose rows have several scores, a bin, the curve bounds what it cannot see. With P
 * and N the weight of the class's own and of the other rows, A and F those above a bin, p and n
 * those in it:
 *
 * <ul>
 *   <li>ROC: a pair of an own and another row in one bin counts half and may count 0 to 1, so that
 *       the area is off by at most sum(p n) / (2 P N).
 *   <li>Average precision: the own rows of a bin add at most p (A + p) / (A + p + F), all of them
 *       ranked first, and at least the integral of x / (x + F + n) over x from A to A + p, all of
 *       them last in the finest of steps; between the sums of these lies the area of the scores,
 *       and that of the bins, which is off by at most the wider of the two gaps.
 * </ul>
 */
public final class Ranking {
  private final boolean binned;
  private double positives;
  private double negatives;
  private double rankedRight;
  private double precisionSum;
  private double together;
  private double least;
  private double most;

  private Ranking(boolean binned) {
    this.binned = binned;
  }

  /** Groups are rows of equal score. */
  public static Ranking ofTies() {
    return new Ranking(false);
  }

  /** Groups are rows of like score. */
  static Ranking ofBins() {
    return new Ranking(true);
  }

  /**
   * Takes the next group.
   *
   * @param positive weight of the class's own rows in it, at least 0
   * @param negative weight of the other rows in it, at least 0
   */
  public void group(double positive, double negative) {
    rankedRight += negative * (positives + positive / 2);
    if (positive > 0) {
      double end = positives + positive;
      precisionSum += positive * (end / (end + negatives + negative));
      if (binned) {
        double others = negatives + negative;
        together += positive * negative;
        most += positive * (end / (end + negatives));
        least += others > 0 ? positive - others * log1p(positive / (positives + others)) : positive;
      }
    }
    positives += positive;
    negatives += negative;
  }

  /**
   * Area under the ROC curve, the chance that a row of the class outranks one of another; empty
   * without rows of both kinds.
   */
  public OptionalDouble rocAuc() {
    return ofPairs(rankedRight);
  }

  /** Average precision: sum of (R_n - R_(n-1)) P_n; empty without rows of both kinds. */
  public OptionalDouble averagePrecision() {
    return ofRows(precisionSum);
  }

  /** The most by which {@link #rocAuc} is off: 0 of exact scores; empty where that is. */
  public OptionalDouble rocError() {
    return ofPairs(together / 2);
  }

  /**
   * The most by which {@link #averagePrecision} is off, 0 of exact scores; empty where that is. A
   * bound, not an estimate: wide where few rows share the top bins with many others.
   */
  public OptionalDouble precisionError() {
    return ofRows(binned ? Math.max(most - precisionSum, precisionSum - least) : 0);
  }

  private OptionalDouble ofPairs(double weight) {
    return positives > 0 && negatives > 0
        ? OptionalDouble.of(weight / positives / negatives)
        : OptionalDouble.empty();
  }

  private OptionalDouble ofRows(double weight) {
    // Among rows of the class alone every ranking is perfect: that says nothing of the scores.
    return positives > 0 && negatives > 0
        ? OptionalDouble.of(weight / positives)
        : OptionalDouble.empty();
  }
}
