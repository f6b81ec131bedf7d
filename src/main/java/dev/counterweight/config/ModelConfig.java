package dev.counterweight.config;

import dev.counterweight.serving.Candidates;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is trained.
 *
 * @param kind linear, mlp or torchscript
 * @param hidden sizes of the hidden layers of an mlp, in order
 * @param quantiles intervals between the quantiles of the inputs' copies by rank; 0 for no copies
 * @param activation between an mlp's layers
 * @param dropout share of an mlp's hidden units left out of a step, at least 0 and below 1
 * @param rates factors of the learning rate, rising, of each of which a network is trained; 1 alone
 *     for torchscript
 * @param average share of a network's moving average that a step keeps; 0 for no averages
 * @param guest whether a linear model is a guest beside the networks of an mlp and their averages;
 *     not of one network alone
 * @param trees of a forest beside the networks; 0 for none
 * @param file the user's module of torchscript; null for the other kinds
 */
public record ModelConfig(
    Kind kind,
    List<Integer> hidden,
    int quantiles,
    Activation activation,
    double dropout,
    List<Double> rates,
    double average,
    boolean guest,
    int trees,
    @Nullable Path file) {
  public ModelConfig {
    hidden = List.copyOf(hidden);
    rates = List.copyOf(rates);
  }

  /** The networks that are trained side by side. */
  public Candidates candidates() {
    boolean several = rates.size() > 1 || average > 0;
    return new Candidates(rates.size(), average > 0, guest && several);
  }

  /** The kinds of model. */
  public enum Kind {
    LINEAR,
    MLP,
    TORCHSCRIPT
  }

  /** The models that a guest may be. */
  public enum Guest {
    LINEAR,
    NONE
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
