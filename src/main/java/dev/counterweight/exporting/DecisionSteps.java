package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/** From probabilities, or the scores' own, to the class decided for. Not thread-safe. */
final class DecisionSteps {
  private final CalculationBuilder calculation;
  private final CheckpointManifest.Serving rule;
  private final List<String> classes;

  DecisionSteps(CalculationBuilder calculation, CheckpointManifest manifest) {
    this.calculation = calculation;
    this.rule = manifest.serving();
    this.classes = manifest.schema().classes();
  }

  /**
   * The class decided for, I64[n].
   *
   * @param own makes the scores' own probabilities, or what is in their order, where the rule goes
   *     by them: F64[n, K]
   * @param probabilities as served, F64[n, K]
   */
  Term decision(Supplier<Term> own, Term probabilities) {
    int k = classes.size();
    if (rule.costs() != null) {
      double[] gains = rule.costs().stream().mapToDouble(cost -> -cost).toArray();
      return probabilities.product(calculation.table(gains, k, k)).placeOfLargest();
    }
    if (rule.decisionClass() != null) {
      int of = classes.indexOf(rule.decisionClass());
      return threshold(of, balanced(own, probabilities), probabilities);
    }
    return (rule.decision().equals("argmax-calibrated")
            ? probabilities
            : balanced(own, probabilities))
        .placeOfLargest();
  }

  /** What balanced decisions go by, F64[n, K]; a class without weight stands below all others. */
  private Term balanced(Supplier<Term> own, Term probabilities) {
    Map<String, Double> told = rule.decisionWeights();
    if (told == null) {
      return own.get();
    }
    double[] weights = classes.stream().mapToDouble(told::get).toArray();
    double[] below = Arrays.stream(weights).map(w -> w > 0 ? 0 : -1).toArray();
    Term odds = probabilities.times(calculation.vector(weights));
    return Arrays.stream(below).allMatch(b -> b == 0) ? odds : odds.plus(calculation.vector(below));
  }

  /** The class with a threshold from it on, else the largest of the others. */
  private Term threshold(int of, Term values, Term probabilities) {
    double[] itself = new double[classes.size()];
    double[] others = new double[classes.size()];
    itself[of] = 1;
    others[of] = Double.NEGATIVE_INFINITY;
    Term served = probabilities.times(calculation.vector(itself)).total();
    double threshold = Objects.requireNonNull(rule.threshold());
    return served
        .atLeast(calculation.number(threshold))
        .choose(calculation.whole(of), values.plus(calculation.vector(others)).placeOfLargest());
  }
}
