package dev.counterweight.sampling;

import dev.counterweight.protocol.KebabCase;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.WeightFormula;
import java.util.Arrays;

/**
 * How often an event of each class is used: r_c = min(U_c, s v_c). D goes by how many events were
 * seen, U_c by how many of the class: by nothing but what a snapshot counts.
 *
 * @param preset the recipe, which says where s comes from
 * @param weights formula of the sampling weights v_c
 * @param draws D, draws made an event on average, or the most of them if {@code auto}; 0 where the
 *     recipe sets s itself
 * @param auto whether D follows what the trainer can do
 * @param maxUses U_c, the largest expected number of uses of an event of a class, at least 1;
 *     infinite for no cap
 * @param arrivalShare a, the share of the uses made as the event arrives; 0 &lt; a &lt;= 1
 */
public record SamplingPolicy(
    Preset preset,
    WeightFormula weights,
    Falling draws,
    boolean auto,
    Falling maxUses,
    double arrivalShare) {

  /** D, or the most of it, by what was counted, decayed. */
  public double draws(ClassCounts counts) {
    return draws.at(Arrays.stream(counts.n()).sum());
  }

  /** U_c by what was counted, decayed; K values. */
  public double[] maxUses(ClassCounts counts) {
    return Arrays.stream(counts.n()).map(maxUses::at).toArray();
  }

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
