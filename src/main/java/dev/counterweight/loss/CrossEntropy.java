package dev.counterweight.loss;

/**
 * Cross-entropy with label smoothing (Szegedy et al., 2016), as PyTorch's CrossEntropyLoss: {@code
 * -sum_c t_c log softmax(z)_c} with targets {@code t_c = w_c (eps/K + (1 - eps) [c = y])}, w being
 * class weights inside the loss. Without smoothing this is {@code -w_y log softmax(z)_y}.
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
  public void observe(float[] prior, float[] classWeight) {
    // The same whatever the classes' standing.
  }

  @Override
  public double row(float[] scores, int at, int label, float[] classWeights, double[] gradient) {
    for (int c = 0; c < classes; c++) {
      gradient[c] = scores[at + c];
    }
    return row(gradient, label, classWeights, gradient);
  }

  /** As {@link Loss#row}, of K scores in double precision; {@code gradient} may be the scores. */
  double row(double[] scores, int label, float[] classWeights, double[] gradient) {
    softmax.take(scores);
    return smoothing == 0
        ? plain(label, classWeights[label], gradient)
        : smoothed(label, classWeights, gradient);
  }

  @Override
  public void probabilities(float[] scores, int at, double[] target) {
    for (int c = 0; c < classes; c++) {
      target[c] = scores[at + c];
    }
    probabilities(target);
  }

  /** Turns K scores into the probabilities they stand for, in place. */
  void probabilities(double[] scores) {
    softmax.take(scores);
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      double q = softmax.probability(c);
      if (smoothing > 0) {
        q = Math.max(LEAST, (q - smoothing / classes) / (1 - smoothing));
      }
      scores[c] = q;
      sum += q;
    }
    for (int c = 0; c < classes; c++) {
      scores[c] /= sum;
    }
  }

  @Override
  public double decisionScale() {
    return 1;
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
    for (int c = 0; c < classes; c++) {
      double target = classWeights[c] * (smoothing / classes + (c == label ? 1 - smoothing : 0));
      loss -= target * softmax.log(c);
      sum += target;
      gradient[c] = -target;
    }
    for (int c = 0; c < classes; c++) {
      gradient[c] += sum * softmax.probability(c);
    }
    return loss;
  }
}
