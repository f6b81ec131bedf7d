package dev.counterweight.loss;

/**
 * Focal loss (Lin et al., 2017): {@code -w_y (1 - p)^gamma log p} with {@code p = softmax(z)_y}.
 *
 * <p>A row's weight multiplies it whole. Its scores are no probabilities, since it is content with
 * less than certainty; what they stand for is {@code q_c ~ v_c / phi(v_c)} with {@code v =
 * softmax(z)} and {@code phi(v) = (1 - v)^gamma - gamma (1 - v)^(gamma - 1) v log v}
 * (Charoenphakdee et al., 2021), which is what is served, the objective's weights divided out.
 */
public final class Focal implements Loss {
  private static final double LEAST = 1e-300;

  private final int classes;
  private final double gamma;
  private final Softmax softmax;

  /**
   * @param gamma at least 0; 0 is cross-entropy
   */
  public Focal(int classes, double gamma) {
    this.classes = classes;
    this.gamma = gamma;
    this.softmax = new Softmax(classes);
  }

  @Override
  public double row(double[] row, int label, float[] classWeights) {
    softmax.take(row);
    double log = softmax.log(label);
    double rest = softmax.complement(label);
    double focus = StrictMath.pow(rest, gamma);
    // Where nothing is left to learn, 0 times infinity is 0.
    double inner = rest > 0 ? gamma * StrictMath.pow(rest, gamma - 1) * log : 0;
    double slope = classWeights[label] * (inner * softmax.probability(label) - focus);
    for (int c = 0; c < classes; c++) {
      row[c] = -slope * softmax.probability(c);
    }
    row[label] = slope * rest;
    return -classWeights[label] * focus * log;
  }

  @Override
  public void probabilities(double[] row) {
    softmax.take(row);
    for (int c = 0; c < classes; c++) {
      if (!softmax.has(c)) {
        row[c] = Double.NEGATIVE_INFINITY;
        continue;
      }
      double rest = Math.max(LEAST, softmax.complement(c));
      // In logarithms, and phi without its factor (1 - v)^gamma: neither over- nor underflows.
      double phi = 1 - gamma * softmax.probability(c) * softmax.log(c) / rest;
      row[c] = softmax.log(c) - StrictMath.log(phi) - gamma * StrictMath.log(rest);
    }
    softmax.take(row);
    for (int c = 0; c < classes; c++) {
      row[c] = softmax.probability(c);
    }
  }
}
