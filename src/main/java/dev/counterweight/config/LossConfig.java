package dev.counterweight.config;

/**
 * The loss.
 *
 * @param name of the loss
 * @param reduction how a batch's row losses become one number
 */
public record LossConfig(String name, Reduction reduction) {
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
