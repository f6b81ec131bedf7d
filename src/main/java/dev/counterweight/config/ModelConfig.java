package dev.counterweight.config;

import java.util.List;

/**
 * What is trained.
 *
 * @param kind linear or mlp
 * @param hidden sizes of the hidden layers of an mlp, in order
 * @param quantiles intervals between the quantiles of the inputs' copies by rank; 0 for no copies
 * @param activation between an mlp's layers
 * @param dropout share of an mlp's hidden units left out of a step, at least 0 and below 1
 */
public record ModelConfig(
    Kind kind, List<Integer> hidden, int quantiles, Activation activation, double dropout) {
  public ModelConfig {
    hidden = List.copyOf(hidden);
  }

  /** The kinds of model. */
  public enum Kind {
    LINEAR,
    MLP
  }

  /** The functions between layers, as PyTorch defines them. */
  public enum Activation {
    RELU,
    LEAKY_RELU,
    TANH,
    SIGMOID,
    GELU,
    SILU
  }
}
