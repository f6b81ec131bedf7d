package dev.counterweight.evaluation;

import java.util.List;
import java.util.stream.IntStream;

/**
 * Weighted histograms of every class's score, of the class's own rows and of all others, for areas
 * under curves of a stream of any length.
 *
 * <p>The {@link #BINS} bins are of equal width, 1/32, in the logit of the score, from -32 to 32;
 * scores beyond go to the outermost. Rows in different bins are ranked exactly, those of one bin
 * count as equal: how far that can take areas from those of the scores follows from the weights in
 * the bins, and {@link Ranking} works it out. Memory: 32 KiB a class.
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
      weights[(2 * c + kind) * BINS + bin(Score.logit(Score.of(scores, c)))] += weight;
    }
  }

  /** Of each class. */
  List<Ranking> rankings() {
    return IntStream.range(0, classes).mapToObj(this::ranking).toList();
  }

  /** The weights, in a row; shared with this histogram. */
  double[] weights() {
    return weights;
  }

  private Ranking ranking(int c) {
    Ranking ranking = Ranking.ofBins();
    for (int bin = BINS - 1; bin >= 0; bin--) {
      ranking.group(weights[2 * c * BINS + bin], weights[(2 * c + 1) * BINS + bin]);
    }
    return ranking;
  }

  /** The lowest logit of a bin. */
  static double edge(int bin) {
    return (bin - BINS / 2) / BINS_PER_UNIT;
  }

  static int bin(double logit) {
    double at = Math.floor(logit * BINS_PER_UNIT) + BINS / 2;
    return (int) Math.max(0, Math.min(BINS - 1, at));
  }
}
