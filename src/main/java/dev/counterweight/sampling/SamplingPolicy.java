package dev.counterweight.sampling;

import dev.counterweight.protocol.KebabCase;
import dev.counterweight.weights.WeightFormula;

/**
 * How often an event of each class is used: r_c = min(U, s v_c).
 *
 * @param preset the recipe, which says where s comes from
 * @param weights formula of the sampling weights v_c
 * @param draws D, draws made an event on average, or the most of them if {@code auto}; 0 where the
 *     recipe sets s itself
 * @param auto whether D follows what the trainer can do
 * @param maxUses U, the largest expected number of uses of an event, at least 1; infinite for no
 *     cap
 * @param arrivalShare a, the share of the uses made as the event arrives; 0 &lt; a &lt;= 1
 */
public record SamplingPolicy(
    Preset preset,
    WeightFormula weights,
    double draws,
    boolean auto,
    double maxUses,
    double arrivalShare) {

  /** The recipes there are names for. */
  public enum Preset {
    /** s by D, capped at U; a part of the uses by schedule. */
    HYBRID,
    /** The stream as it is: r_c = 1. */
    NONE,
    /** s = 1 / max v: no event is used more than once. */
    UNDERSAMPLE,
    /** s = 1 / min v: every event is used at least once. */
    OVERSAMPLE,
    /** s by D, not capped. */
    WEIGHTED_RANDOM;

    /** As it is written in a configuration. */
    @Override
    public String toString() {
      return KebabCase.of(this);
    }

    /** Whether s is such that an event makes D draws. */
    public boolean byDraws() {
      return this == HYBRID || this == WEIGHTED_RANDOM;
    }
  }
}
