package dev.counterweight.serving;

import java.util.List;

/** Which class an event is decided for. A function of what it is given alone; thread-safe. */
public final class DecisionRule {
  /** In place of a class with a threshold. */
  static final int NONE = -1;

  private final DecisionConfig config;
  private final int thresholdClass;
  private final double[] costs;

  /**
   * @param classes label values in class order
   */
  public DecisionRule(DecisionConfig config, List<String> classes) {
    this.config = config;
    this.thresholdClass =
        config instanceof DecisionConfig.Target target ? classes.indexOf(target.name()) : NONE;
    this.costs =
        config instanceof DecisionConfig.Costs all
            ? all.costs().stream().mapToDouble(Double::doubleValue).toArray()
            : new double[0];
    if (config instanceof DecisionConfig.Target target && thresholdClass == NONE) {
      throw new IllegalArgumentException(
          "a threshold of class '%s': the classes are %s".formatted(target.name(), classes));
    }
    if (config instanceof DecisionConfig.Costs && costs.length != classes.size() * classes.size()) {
      throw new IllegalArgumentException(
          "%d costs of %d classes: must be one for each pair"
              .formatted(costs.length, classes.size()));
    }
  }

  /** The class that has a threshold; {@link #NONE} if none has. */
  int thresholdClass() {
    return thresholdClass;
  }

  /**
   * Whether raw probabilities have a say.
   *
   * @param weights as {@link #of}
   */
  boolean restsOnScores(double[] weights) {
    return config instanceof DecisionConfig.Scores || config.balances() && weights.length == 0;
  }

  /**
   * The class decided for.
   *
   * @param raw K probabilities as the model learnt them; not looked at unless they have a say
   * @param served K probabilities as served
   * @param weights what a class's served probability counts for where the classes are balanced; 0
   *     for one that is never decided for; none where the own scores decide in place of it
   * @param threshold of the served probability, where the rule has one
   */
  public int of(double[] raw, double[] served, double[] weights, double threshold) {
    if (config instanceof DecisionConfig.Calibrated) {
      return largest(served, NONE);
    }
    if (costs.length > 0) {
      return cheapest(served);
    }
    if (thresholdClass != NONE && served[thresholdClass] >= threshold) {
      return thresholdClass;
    }
    return restsOnScores(weights)
        ? largest(raw, thresholdClass)
        : heaviest(served, weights, thresholdClass);
  }

  /** The first of the largest served probability times weight; {@code but} is left out. */
  private static int heaviest(double[] served, double[] weights, int but) {
    int best = NONE;
    double most = 0;
    for (int c = 0; c < served.length; c++) {
      double odds = served[c] * weights[c];
      if (c != but && weights[c] > 0 && (best == NONE || odds > most)) {
        best = c;
        most = odds;
      }
    }
    // All the others have no weight: one of them it must be.
    return best == NONE ? largest(served, but) : best;
  }

  /** The first of the largest; {@code but} is left out. */
  static int largest(double[] values, int but) {
    int best = but == 0 ? 1 : 0;
    for (int c = best + 1; c < values.length; c++) {
      if (c != but && values[c] > values[best]) {
        best = c;
      }
    }
    return best;
  }

  /** The first of the cheapest in expectation (Elkan 2001). */
  private int cheapest(double[] served) {
    int classes = served.length;
    int best = 0;
    double least = Double.POSITIVE_INFINITY;
    for (int decision = 0; decision < classes; decision++) {
      double cost = 0;
      for (int c = 0; c < classes; c++) {
        cost += served[c] * costs[c * classes + decision];
      }
      if (cost < least) {
        least = cost;
        best = decision;
      }
    }
    return best;
  }
}
