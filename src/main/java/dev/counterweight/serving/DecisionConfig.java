package dev.counterweight.serving;

import java.util.List;
import java.util.Locale;

/** How an event's class is decided from its scores. */
public sealed interface DecisionConfig {

  /**
   * The class of the largest served probability times {@link ServedProbabilities#decisionWeights}:
   * the odds of a stream whose classes weigh what they weighed in training, corrected by what was
   * seen of them as far as {@link BalancedOdds} trusts it.
   */
  record Balanced() implements DecisionConfig {}

  /** The class of the model's largest own score, as training on weighed classes left it. */
  record Scores() implements DecisionConfig {}

  /** The class of the largest served probability: fewest errors on the stream as it is. */
  record Calibrated() implements DecisionConfig {}

  /**
   * The class of the least expected cost by the served probabilities.
   *
   * @param costs of deciding for class j when i is true, at i K + j
   */
  record Costs(List<Double> costs) implements DecisionConfig {
    public Costs {
      costs = List.copyOf(costs);
    }
  }

  /**
   * One class from a threshold of its served probability on, kept where it met a target on what was
   * scored before; below it, the others are decided among as by {@link Balanced}.
   *
   * @param name of the class
   * @param target above 0 and at most 1
   */
  record Target(String name, Measure measure, double target) implements DecisionConfig {}

  /** Whether what classes weigh has a say. */
  default boolean balances() {
    return this instanceof Balanced || this instanceof Target;
  }

  /** The rule as a configuration spells it; of costs the kind alone. */
  default String rule() {
    if (this instanceof Target target) {
      String measure = target.measure().name().toLowerCase(Locale.ROOT);
      return "%s(%s,%s)".formatted(measure, target.name(), target.target());
    }
    if (this instanceof Costs) {
      return "costs";
    }
    return this instanceof Balanced
        ? "argmax-balanced"
        : this instanceof Scores ? "argmax-scores" : "argmax-calibrated";
  }

  /** What a target is a target of. */
  enum Measure {
    RECALL,
    PRECISION
  }
}
