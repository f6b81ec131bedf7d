package dev.counterweight.evaluation;

/**
 * Weighted histograms of every class's score, of the class's own rows and of all others, for areas
 * under curves of a stream of any length.
 *
 * <p>The {@link #BINS} bins are of equal width, 1/32, in the logit of the score, from -32 to 32;
 * scores beyond go to the outermost. Scores of one bin count as equal, so that the area under the
 * ROC curve is off by at most half the share of (row of the class, other row) pairs that share a
 * bin. Rows in different bins are ranked exactly. Memory: 32 KiB a class.
 */
final class ScoreHistogram {
  /** Bins a class and kind of row. */
  static final int BINS = 2048;

  private static final double BINS_PER_UNIT = 32;

  private final int classes;

  /** Weights of class c: its own rows at 2 c BINS, from the lowest score up, then the others. */
  private final double[] weights;

  ScoreHistogram(int classes) {
    this.classes = classes;
    this.weights = new double[2 * classes * BINS];
  }

  /**
   * Takes one row.
   *
   * @param scores K probabilities, which sum to 1
   */
  void add(int label, double weight, double[] scores) {
    for (int c = 0; c < classes; c++) {
      int kind = c == label ? 0 : 1;
      weights[(2 * c + kind) * BINS + bin(logit(scores, c))] += weight;
    }
  }

  Areas areas() {
    return Areas.of(classes, this::curve);
  }

  /** The weights, in a row; shared with this histogram. */
  double[] weights() {
    return weights;
  }

  private RankingCurve curve(int c) {
    RankingCurve curve = new RankingCurve();
    for (int bin = BINS - 1; bin >= 0; bin--) {
      curve.group(weights[2 * c * BINS + bin], weights[(2 * c + 1) * BINS + bin]);
    }
    return curve;
  }

  /** The lowest logit of a bin. */
  static double edge(int bin) {
    return (bin - BINS / 2) / BINS_PER_UNIT;
  }

  static int bin(double logit) {
    double at = Math.floor(logit * BINS_PER_UNIT) + BINS / 2;
    return (int) Math.max(0, Math.min(BINS - 1, at));
  }

  /** ln(p / (1 - p)), where 1 - p of a p near 1 is the sum of the others, which cancels nothing. */
  private static double logit(double[] scores, int c) {
    double rest = 1 - scores[c];
    if (scores[c] > 0.5) {
      rest = 0;
      for (int other = 0; other < scores.length; other++) {
        rest += other == c ? 0 : scores[other];
      }
    }
    return StrictMath.log(scores[c]) - StrictMath.log(rest);
  }
}
