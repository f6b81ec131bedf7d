package dev.counterweight.config;

/**
 * How a gradient becomes an update.
 *
 * @param momentum of sgd; 0 for none
 * @param weightDecay L2 penalty, or adamw's decay
 * @param gradientClip largest gradient norm; 0 for no limit
 */
public record OptimizerConfig(
    Kind kind, double learningRate, double momentum, double weightDecay, double gradientClip) {
  /** The optimisers. */
  public enum Kind {
    SGD,
    ADAM,
    ADAMW
  }
}
