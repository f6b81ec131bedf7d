package dev.counterweight.loss;

/**
 * Cross-entropy with label smoothing (Szegedy et al., 2016), as PyTorch's CrossEntropyLoss: {@code
 * -sum_c t_c log softmax(z)_c} with targets {@code t_c = w_c (eps/K + (1 - eps) [c = y])}, w being
 * class weights inside the loss. Without smoothing this is {@code -w_y log softmax(z)_y}.
 *
 * <p>Smoothing is over the K classes that are in the softmax.
 *
 * <p>A row's weight multiplies the whole sum, smoothing included. Served probabilities: softmax(z)
 * has learnt {@code (1 - eps) p + eps/K}; the smoothing is undone first, {@code (q - eps/K) / (1 -
 * eps)}, never below {@value #LEAST} since a class whose score fell under the floor is rare, not
 * impossible; the objective's weights are divided out afterwards.
 */
public final class CrossEntropy implements Loss {
  private static final double LEAST = 1e-6;

  private final int classes;
  private final double smoothing;
  private final Softmax softmax;

  /**
   * @param smoothing eps, at least 0 and below 1
   */
  public CrossEntropy(int classes, double smoothing) {
    this.classes = classes;
    this.smoothing = smoothing;
    this.softmax = new Softmax(classes);
  }

  @Override
  public double row(double[] row, int label, float[] classWeights) {
    softmax.take(row);
    return smoothing == 0
        ? plain(label, classWeights[label], row)
        : smoothed(label, classWeights, row);
  }

  @Override
  public void probabilities(double[] row) {
    softmax.take(row);
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      double q = softmax.probability(c);
      if (smoothing > 0 && softmax.has(c)) {
        q = Math.max(LEAST, (q - smoothing / softmax.size()) / (1 - smoothing));
      }
      row[c] = q;
      sum += q;
    }
    for (int c = 0; c < classes; c++) {
      row[c] /= sum;
    }
  }

  private double plain(int label, double weight, double[] gradient) {
    for (int c = 0; c < classes; c++) {
      gradient[c] = weight * softmax.probability(c);
    }
    gradient[label] = -weight * softmax.complement(label);
    return -weight * softmax.log(label);
  }

  private double smoothed(int label, float[] classWeights, double[] gradient) {
    double loss = 0;
    double sum = 0;
    double others = smoothing / softmax.size();
    for (int c = 0; c < classes; c++) {
      gradient[c] = 0;
      if (softmax.has(c) || c == label) {
        double target = classWeights[c] * (others + (c == label ? 1 - smoothing : 0));
        loss -= target * softmax.log(c);
        sum += target;
        gradient[c] = -target;
      }
    }
    for (int c = 0; c < classes; c++) {
      gradient[c] += sum * softmax.probability(c);
    }
    return loss;
  }
}
