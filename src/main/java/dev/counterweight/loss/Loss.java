package dev.counterweight.loss;

/**
 * The loss of one row as a function of its raw scores z, with its gradient worked out by hand, and
 * the way back from scores to the probabilities that the loss taught.
 *
 * <p>A loss knows nothing of row weights and reductions: {@link BatchLoss} multiplies a row's whole
 * loss by the row's weight. It runs on the JVM, in double precision and with StrictMath: scores are
 * few beside features and parameters, and their round trip costs less than a loss made of a dozen
 * native operations.
 *
 * <p>Reuses scratch memory: one thread at a time.
 */
public sealed interface Loss permits CrossEntropy, Focal, LogitAdjusted, Ldam {

  /** The loss as a job configures it. */
  static Loss of(LossConfig config, int classes) {
    return switch (config.kind()) {
      case CROSS_ENTROPY -> new CrossEntropy(classes, config.labelSmoothing());
      case FOCAL -> new Focal(classes, config.gamma());
      case LOGIT_ADJUSTED -> new LogitAdjusted(classes, config.tau(), config.labelSmoothing());
      case LDAM -> new Ldam(classes, config.ldamMargin(), config.ldamScale());
    };
  }

  /**
   * Tells the loss the classes' standing as of the record in hand; only some losses ask for it.
   *
   * @param prior p_c, K of them
   * @param classWeight w_c, the weights of the objective
   */
  void observe(float[] prior, float[] classWeight);

  /**
   * A row's loss.
   *
   * @param scores raw scores, those of the row at {@code at} to {@code at + K - 1}
   * @param label the row's class
   * @param classWeights class weights inside the loss, as PyTorch's {@code weight=}; K ones for
   *     none
   * @param gradient receives the K derivatives with respect to the row's raw scores
   */
  double row(float[] scores, int at, int label, float[] classWeights, double[] gradient);

  /**
   * The probabilities that a row's scores stand for under the distribution trained on: the stream's
   * reweighted by the objective's class weights.
   *
   * @param target receives K probabilities; their sum is 1 but for rounding
   */
  void probabilities(float[] scores, int at, double[] target);

  /** The factor between raw scores and the scores that decisions and raw probabilities rest on. */
  double decisionScale();
}
