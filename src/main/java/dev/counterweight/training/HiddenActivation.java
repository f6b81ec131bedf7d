package dev.counterweight.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Activation;
import dev.counterweight.config.ModelConfig;

/** The function between layers and its derivative, element by element, as PyTorch has them. */
final class HiddenActivation {
  private static final float LEAK = 0.01f;

  private final ModelConfig.Activation kind;

  HiddenActivation(ModelConfig.Activation kind) {
    this.kind = kind;
  }

  /** The function's value, in a new array of the argument's manager. */
  NDArray apply(NDArray x) {
    return switch (kind) {
      case RELU -> Activation.relu(x);
      case LEAKY_RELU -> Activation.leakyRelu(x, LEAK);
      case TANH -> x.tanh();
      case SIGMOID -> Activation.sigmoid(x);
      case GELU -> Activation.gelu(x);
      case SILU -> Activation.sigmoid(x).muli(x);
    };
  }

  /**
   * The derivative at x; overwrites {@code value}, which is of no use afterwards.
   *
   * @param value what {@link #apply} gave for x
   */
  NDArray derivative(NDArray x, NDArray value) {
    return switch (kind) {
      case RELU -> value.signi();
      case LEAKY_RELU -> x.gt(0).toType(DataType.FLOAT32, false).muli(1 - LEAK).addi(LEAK);
      case TANH -> value.muli(value).muli(-1).addi(1);
      case SIGMOID -> value.square().muli(-1).addi(value);
      case GELU -> gelu(x);
      case SILU -> {
        NDArray sigmoid = Activation.sigmoid(x);
        yield value.subi(value.mul(sigmoid)).addi(sigmoid);
      }
    };
  }

  /** Phi(x) + x phi(x), with the normal distribution's Phi and phi. */
  private static NDArray gelu(NDArray x) {
    NDArray density = x.square().muli(-0.5).exp().muli(1 / StrictMath.sqrt(2 * Math.PI));
    NDArray distribution = x.mul(StrictMath.sqrt(0.5)).erf().muli(0.5).addi(0.5);
    return density.muli(x).addi(distribution);
  }
}
