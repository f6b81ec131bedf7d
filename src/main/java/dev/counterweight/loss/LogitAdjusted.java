package dev.counterweight.loss;

/**
 * Logit-adjusted cross-entropy (Menon et al., 2021), balanced softmax (Ren et al., 2020) at tau 1:
 * cross-entropy of {@code z + tau log pi}, where pi is the distribution trained on, {@code pi_c ~
 * p_c w_c} with the prior and the class weight of the record in hand.
 *
 * <p>A row's weight multiplies the whole loss, smoothing included. Decisions rest on z, which is
 * balanced by what was added; the served probabilities on {@code softmax(z + tau log pi)}, its
 * smoothing undone, with the objective's weights divided out. The adjustment is meant to take the
 * place of class weights: {@code weights.formula=none} goes with it.
 */
public final class LogitAdjusted implements Loss {
  /** Of the largest: what a class without prior or weight is taken to have. */
  private static final double MIN_SHARE = 1e-9;

  private final double tau;
  private final CrossEntropy adjusted;
  private final double[] offsets;

  /**
   * Starts with equal pi.
   *
   * @param smoothing label smoothing eps, at least 0 and below 1
   */
  public LogitAdjusted(int classes, double tau, double smoothing) {
    this.tau = tau;
    this.adjusted = new CrossEntropy(classes, smoothing);
    this.offsets = new double[classes];
  }

  @Override
  public void observe(float[] prior, float[] classWeight) {
    double largest = 0;
    for (int c = 0; c < offsets.length; c++) {
      largest = Math.max(largest, (double) prior[c] * classWeight[c]);
    }
    for (int c = 0; c < offsets.length; c++) {
      double share = largest > 0 ? (double) prior[c] * classWeight[c] / largest : 1;
      // Relative to the largest: softmax takes no notice of a common factor.
      offsets[c] = tau * StrictMath.log(Math.max(MIN_SHARE, share));
    }
  }

  @Override
  public double row(double[] row, int label, float[] classWeights) {
    adjust(row);
    return adjusted.row(row, label, classWeights);
  }

  @Override
  public void probabilities(double[] row) {
    adjust(row);
    adjusted.probabilities(row);
  }

  @Override
  public double favour(int label) {
    return StrictMath.exp(offsets[label]);
  }

  private void adjust(double[] row) {
    for (int c = 0; c < row.length; c++) {
      row[c] += offsets[c];
    }
  }
}
