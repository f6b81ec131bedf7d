package dev.counterweight.config;

/**
 * How a gradient becomes an update.
 *
 * @param warmupSteps steps over which the learning rate grows to its full size; 0 for none
 * @param beta1 share of adam's and adamw's first moment that a step keeps
 * @param beta2 share of their second moment that a step keeps
 * @param momentum of sgd; 0 for none
 * @param nesterov whether sgd's momentum is Nesterov's
 * @param weightDecay L2 penalty, or adamw's decay
 * @param gradientClip largest gradient norm; 0 for no limit
 */
public record OptimizerConfig(
    Kind kind,
    double learningRate,
    long warmupSteps,
    double beta1,
    double beta2,
    double momentum,
    boolean nesterov,
    double weightDecay,
    double gradientClip) {
  /** The optimisers. */
  public enum Kind {
    SGD,
    ADAM,
    ADAMW
  }
}
