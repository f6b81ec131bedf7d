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
  default void observe(float[] prior, float[] classWeight) {}

  /**
   * A row's loss.
   *
   * @param row the row's K raw scores, minus infinity for a class that stays out of the softmax;
   *     receives the loss's derivatives with respect to them
   * @param label the row's class
   * @param classWeights class weights inside the loss, as PyTorch's {@code weight=}; K ones for
   *     none
   */
  double row(double[] row, int label, float[] classWeights);

  /**
   * The probabilities that a row's scores stand for under the distribution trained on: the stream's
   * reweighted by the objective's class weights.
   *
   * @param row K raw scores, minus infinity for a class that stays out of the softmax; receives K
   *     probabilities, whose sum is 1 but for rounding
   */
  void probabilities(double[] row);

  /**
   * By what factor the probabilities favour a class over what decisions rest on, the raw scores'
   * own odds.
   */
  default double favour(int label) {
    return 1;
  }

  /** The factor between raw scores and the scores that decisions and raw probabilities rest on. */
  default double decisionScale() {
    return 1;
  }
}
