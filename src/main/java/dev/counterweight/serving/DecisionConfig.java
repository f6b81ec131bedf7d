package dev.counterweight.serving;

import java.util.List;

/** How an event's class is decided from its scores. */
public sealed interface DecisionConfig {

  /**
   * The class of the model's largest own score: by default, of a model that knows equal classes.
   */
  record Balanced() implements DecisionConfig {}

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
   * scored before; below it, the class of the largest own score among the others.
   *
   * @param name of the class
   * @param target above 0 and at most 1
   */
  record Target(String name, Measure measure, double target) implements DecisionConfig {}

  /** What a target is a target of. */
  enum Measure {
    RECALL,
    PRECISION
  }
}
