package dev.counterweight.loss;

import java.util.Arrays;

/**
 * Label-distribution-aware margins (Cao et al., 2019): cross-entropy of {@code s (z - m_y [c = y])}
 * with margins {@code m_c = C n_c^(-1/4)}, C such that the largest is the margin configured, and a
 * scale s. The counts enter as the priors of the record in hand, which differ from them by a factor
 * that C takes up. A class not seen yet has the largest margin.
 *
 * <p>A row's weight multiplies the whole loss. Decisions and served probabilities rest on {@code
 * softmax(s z)}, without margins, as the paper tests; for the served ones the objective's weights
 * are divided out. Margins bend probabilities: leave the calibrator on.
 */
public final class Ldam implements Loss {
  private final double margin;
  private final double scale;
  private final CrossEntropy scaled;
  private final double[] margins;

  /**
   * Starts with equal margins.
   *
   * @param margin the largest margin
   * @param scale s, above 0
   */
  public Ldam(int classes, double margin, double scale) {
    this.margin = margin;
    this.scale = scale;
    this.scaled = new CrossEntropy(classes, 0);
    this.margins = new double[classes];
    Arrays.fill(margins, margin);
  }

  @Override
  public void observe(float[] prior, float[] classWeight) {
    double least = Double.POSITIVE_INFINITY;
    for (float p : prior) {
      least = p > 0 ? Math.min(least, p) : least;
    }
    for (int c = 0; c < margins.length; c++) {
      double ratio = prior[c] > 0 ? least / prior[c] : 1;
      margins[c] = margin * StrictMath.sqrt(StrictMath.sqrt(ratio));
    }
  }

  @Override
  public double row(double[] row, int label, float[] classWeights) {
    row[label] -= margins[label];
    multiply(row);
    double loss = scaled.row(row, label, classWeights);
    multiply(row);
    return loss;
  }

  @Override
  public void probabilities(double[] row) {
    multiply(row);
    scaled.probabilities(row);
  }

  @Override
  public double decisionScale() {
    return scale;
  }

  private void multiply(double[] row) {
    for (int c = 0; c < row.length; c++) {
      row[c] *= scale;
    }
  }
}
