package dev.counterweight.serving;

import dev.counterweight.loss.Softmax;

/**
 * What is known of a row beside its scores, as a correction of its probabilities: the odds of
 * balanced classes, o(c) ~ p(c) w_c, become exp(t ln o(c) + b_c), and the weights are divided out
 * again. A class of weight 0 stays out of it. Immutable if its array is.
 */
public final class OddsCorrection {
  /** What a weight counts as at most: that of a class all but faded away is infinite. */
  public static final double MOST = 1e30;

  /** What a class's share of the odds counts as at least. */
  public static final double LEAST = 1e-6;

  /** t, then b_c. */
  private final double[] parameters;

  /**
   * @param parameters t, then b_c; not copied
   */
  OddsCorrection(double[] parameters) {
    this.parameters = parameters;
  }

  /**
   * @param temperature t
   * @param biases b_c
   */
  public OddsCorrection(double temperature, double[] biases) {
    this.parameters = new double[1 + biases.length];
    parameters[0] = temperature;
    System.arraycopy(biases, 0, parameters, 1, biases.length);
  }

  /**
   * Corrects a row's probabilities.
   *
   * @param served K, which sum to 1
   * @param weights that they were served by
   * @param target receives K, which sum to 1; may be {@code served}
   */
  void apply(double[] served, float[] weights, double[] target) {
    if (!balance(served, weights, target)) {
      return; // All classes are served nothing.
    }
    odds(target, weights, target);
    double sum = 0;
    for (int c = 0; c < target.length; c++) {
      target[c] = weights[c] > 0 ? target[c] / Math.min(weights[c], MOST) : 0;
      sum += target[c];
    }
    for (int c = 0; c < target.length; c++) {
      target[c] /= sum;
    }
  }

  /**
   * Writes ln o(c) of a row; 0 of a class of weight 0.
   *
   * @return whether there is any class of another weight; if not, the row is written as it was
   */
  static boolean balance(double[] served, float[] weights, double[] target) {
    double sum = 0;
    for (int c = 0; c < weights.length; c++) {
      sum += served[c] * Math.min(weights[c], MOST);
    }
    for (int c = 0; c < weights.length; c++) {
      target[c] =
          !(sum > 0)
              ? served[c]
              : weights[c] > 0
                  ? StrictMath.log(Math.max(served[c] * Math.min(weights[c], MOST) / sum, LEAST))
                  : 0;
    }
    return sum > 0;
  }

  /**
   * Writes the odds of balanced classes as this corrects them.
   *
   * @param balanced ln o(c)
   * @param target receives K, which sum to 1; may be {@code balanced}
   */
  void odds(double[] balanced, float[] weights, double[] target) {
    for (int c = 0; c < weights.length; c++) {
      target[c] =
          weights[c] > 0
              ? parameters[0] * balanced[c] + parameters[1 + c]
              : Double.NEGATIVE_INFINITY;
    }
    Softmax.replace(target);
  }
}
