package dev.counterweight.learning;

import dev.counterweight.config.ModelConfig;

/** The function between layers and its derivative, in PyTorch's own operations. */
enum HiddenActivation {
  RELU("torch.relu_(%s)", "torch.threshold_backward(%1$s, %2$s, 0, grad_input=%1$s)", true),
  LEAKY_RELU(
      "torch.leaky_relu_(%s, 0.01)",
      "torch.leaky_relu_backward(%1$s, %2$s, 0.01, True, grad_input=%1$s)", true),
  TANH("torch.tanh_(%s)", "torch.tanh_backward(%1$s, %2$s, grad_input=%1$s)", true),
  SIGMOID("torch.sigmoid_(%s)", "torch.sigmoid_backward(%1$s, %2$s, grad_input=%1$s)", true),
  GELU("torch.gelu(%s)", "torch.gelu_backward(%1$s, %2$s, grad_input=%1$s)", false),
  SILU("torch.silu(%s)", "torch.silu_backward(%1$s, %2$s, grad_input=%1$s)", false);

  private final String value;
  private final String gradient;
  private final boolean byValue;

  HiddenActivation(String value, String gradient, boolean byValue) {
    this.value = value;
    this.gradient = gradient;
    this.byValue = byValue;
  }

  static HiddenActivation of(ModelConfig.Activation kind) {
    return valueOf(kind.name());
  }

  /** TorchScript for the function's value; one that goes back by value overwrites its argument. */
  String value(String sums) {
    return value.formatted(sums);
  }

  /**
   * TorchScript for the gradient with respect to the function's argument.
   *
   * @param gradient with respect to the function's value; overwritten with the result
   * @param kept the value, or the argument if it does not go back by value
   */
  String gradient(String gradient, String kept) {
    return this.gradient.formatted(gradient, kept);
  }

  /** Whether the way back starts from the function's value; otherwise from its argument. */
  boolean byValue() {
    return byValue;
  }
}
