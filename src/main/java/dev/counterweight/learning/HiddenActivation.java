package dev.counterweight.learning;

import dev.counterweight.config.ModelConfig;
import java.util.Map;

/** The function between layers and its derivative, in PyTorch's own operations. */
enum HiddenActivation {
  RELU("torch.relu_(s)", "torch.threshold_backward(e, k, 0, grad_input=e)", "a"),
  LEAKY_RELU(
      "torch.leaky_relu_(s, 0.01)",
      "torch.leaky_relu_backward(e, k, 0.01, True, grad_input=e)",
      "a"),
  TANH("torch.tanh_(s)", "torch.tanh_backward(e, k, grad_input=e)", "a"),
  SIGMOID("torch.sigmoid_(s)", "torch.sigmoid_backward(e, k, grad_input=e)", "a"),
  GELU("torch.gelu(s)", "torch.gelu_backward(e, k, grad_input=e)", "s"),
  SILU("torch.silu(s)", "torch.silu_backward(e, k, grad_input=e)", "s");

  private final Map<String, String> script;

  /**
   * @param value of s; may overwrite it if {@code kept} is a
   * @param gradient with respect to s, of that with respect to the value, e, which it overwrites
   * @param kept what the gradient needs as k: the value, a, or s
   */
  HiddenActivation(String value, String gradient, String kept) {
    this.script = Map.of("value", value, "gradient", gradient, "kept", kept);
  }

  static HiddenActivation of(ModelConfig.Activation kind) {
    return valueOf(kind.name());
  }

  /** What {@code network.torchscript} needs. */
  Map<String, String> script() {
    return script;
  }
}
