package dev.counterweight.loss;

/**
 * The softmax of one row, its logarithm and its complement, exact where a class is all but sure. A
 * class whose score is minus infinity is not in it; one at least is. Reuses scratch memory: one
 * thread at a time.
 */
public final class Softmax {
  private final double[] odds;
  private final double[] scores;
  private int top;
  private int size;
  private double sum;
  private double others;

  /** Of {@link #sum}; NaN until it is asked for. */
  private double logSum;

  Softmax(int classes) {
    this.odds = new double[classes];
    this.scores = new double[classes];
  }

  /** Turns a row's scores into their softmax, in place. */
  public static void replace(double[] row) {
    double largest = Double.NEGATIVE_INFINITY;
    for (double score : row) {
      largest = Math.max(largest, score);
    }
    double sum = 0;
    for (int c = 0; c < row.length; c++) {
      row[c] = StrictMath.exp(row[c] - largest);
      sum += row[c];
    }
    for (int c = 0; c < row.length; c++) {
      row[c] /= sum;
    }
  }

  /** Takes the K scores of a row. */
  void take(double[] row) {
    top = 0;
    for (int c = 0; c < odds.length; c++) {
      scores[c] = row[c];
      top = row[c] > row[top] ? c : top;
    }
    others = 0;
    size = 0;
    for (int c = 0; c < odds.length; c++) {
      size += has(c) ? 1 : 0;
      scores[c] -= row[top];
      if (c != top) {
        odds[c] = StrictMath.exp(scores[c]);
        others += odds[c];
      }
    }
    odds[top] = 1;
    sum = 1 + others;
    logSum = Double.NaN;
  }

  /** Whether a class is in it. */
  boolean has(int c) {
    return scores[c] != Double.NEGATIVE_INFINITY;
  }

  /** How many are. */
  int size() {
    return size;
  }

  double probability(int c) {
    return odds[c] / sum;
  }

  /** 1 - probability, without the loss of digits near 1. */
  double complement(int c) {
    double rest = 0;
    for (int d = 0; d < odds.length; d++) {
      rest += d == c ? 0 : odds[d];
    }
    return rest / sum;
  }

  double log(int c) {
    logSum = Double.isNaN(logSum) ? StrictMath.log1p(others) : logSum;
    return scores[c] - logSum;
  }
}
