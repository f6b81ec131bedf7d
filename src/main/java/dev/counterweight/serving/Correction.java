package dev.counterweight.serving;

import dev.counterweight.loss.Softmax;

/**
 * A calibrator's correction of probabilities: q(c) ~ exp(t ln p(c) + b_c). Immutable if its array
 * is.
 */
public final class Correction {
  private static final double MIN_PROBABILITY = 1e-12;

  /** t, then b_c. */
  private final double[] parameters;

  /**
   * @param parameters t, then b_c; not copied
   */
  Correction(double[] parameters) {
    this.parameters = parameters;
  }

  /**
   * @param temperature t
   * @param biases b_c
   */
  public Correction(double temperature, double[] biases) {
    this.parameters = new double[1 + biases.length];
    parameters[0] = temperature;
    System.arraycopy(biases, 0, parameters, 1, biases.length);
  }

  /**
   * Corrects a row's probabilities; one of 0 stays 0.
   *
   * @param served K, which sum to 1
   * @param target receives K, which sum to 1; may be {@code served}
   */
  void apply(double[] served, double[] target) {
    for (int c = 0; c < target.length; c++) {
      target[c] =
          served[c] > 0
              ? parameters[0] * ln(served[c]) + parameters[1 + c]
              : Double.NEGATIVE_INFINITY;
    }
    Softmax.replace(target);
  }

  static double ln(double probability) {
    return StrictMath.log(Math.max(probability, MIN_PROBABILITY));
  }
}
