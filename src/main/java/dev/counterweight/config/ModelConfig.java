package dev.counterweight.config;

import java.util.List;

/**
 * What is trained.
 *
 * @param kind linear or mlp
 * @param hidden sizes of the hidden layers of an mlp, in order
 * @param quantiles intervals between the quantiles of the inputs' copies by rank; 0 for no copies
 */
public record ModelConfig(Kind kind, List<Integer> hidden, int quantiles) {
  public ModelConfig {
    hidden = List.copyOf(hidden);
  }

  /** The kinds of model. */
  public enum Kind {
    LINEAR,
    MLP
  }
}
