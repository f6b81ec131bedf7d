package dev.counterweight.training;

/**
 * From raw scores to decisions and probabilities, for cross-entropy. Training at class weights w
 * teaches the odds of a stream reweighted by w; dividing them out gives back the stream's own:
 * p(c|x) ~ softmax(z)_c / w_c (Saerens, Latinne and Decaestecker, 2002).
 */
public final class ServedProbabilities {
  private ServedProbabilities() {}

  /**
   * Writes p(c|x) of one row.
   *
   * @param logits rows x K raw scores
   * @param row the row to take
   * @param classWeights K class weights, at least 0; a class of weight 0 was not trained on and
   *     gets probability 0
   * @param target receives K probabilities, which sum to 1
   */
  public static void of(float[] logits, int row, float[] classWeights, double[] target) {
    int k = target.length;
    double largest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < k; c++) {
      largest = Math.max(largest, logits[row * k + c]);
    }
    double sum = 0;
    for (int c = 0; c < k; c++) {
      double odds = StrictMath.exp(logits[row * k + c] - largest);
      target[c] = classWeights[c] > 0 ? odds / classWeights[c] : 0;
      sum += target[c];
    }
    for (int c = 0; c < k; c++) {
      target[c] = sum > 0 ? target[c] / sum : 1.0 / k;
    }
  }

  /** The class of the largest raw score of a row, the first of several; no prior correction. */
  public static int decision(float[] logits, int row, int classes) {
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (logits[row * classes + c] > logits[row * classes + best]) {
        best = c;
      }
    }
    return best;
  }
}
