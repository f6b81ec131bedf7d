package dev.counterweight.config;

import java.util.List;

/**
 * What is trained.
 *
 * @param kind linear or mlp
 * @param hidden sizes of the hidden layers of an mlp, in order
 */
public record ModelConfig(Kind kind, List<Integer> hidden) {
  public ModelConfig {
    hidden = List.copyOf(hidden);
  }

  /** The kinds of model. */
  public enum Kind {
    LINEAR,
    MLP
  }
}
