package dev.counterweight.loss;

/**
 * The loss.
 *
 * @param gamma of focal, at least 0
 * @param tau of logit-adjusted, at least 0
 * @param labelSmoothing of cross-entropy and logit-adjusted, at least 0 and below 1
 * @param ldamMargin the largest margin of ldam, at least 0
 * @param ldamScale factor of ldam's scores, above 0
 * @param reduction how a batch's row losses become one number
 * @param balancedPerSlice whether class weights are worked out on each slice of rows, as {@code
 *     weights.formula=batch} asks
 */
public record LossConfig(
    Kind kind,
    double gamma,
    double tau,
    double labelSmoothing,
    double ldamMargin,
    double ldamScale,
    Reduction reduction,
    boolean balancedPerSlice) {

  /** The losses. */
  public enum Kind {
    CROSS_ENTROPY,
    FOCAL,
    LOGIT_ADJUSTED,
    LDAM
  }

  /**
   * PyTorch's reductions, where {@code MEAN} is sum(w l) / sum(w), and {@code BATCH_MEAN}, sum(w l)
   * / rows.
   */
  public enum Reduction {
    BATCH_MEAN,
    MEAN,
    SUM
  }
}
