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
  String decision(Supplier<String> own, String probabilities) {
    int k = classes.size();
    if (rule.costs() != null) {
      double[] gains = rule.costs().stream().mapToDouble(cost -> -cost).toArray();
      return largest(
          calculation.step(Operation.PRODUCT, probabilities, calculation.doubles(gains, k, k)));
    }
    if (rule.decisionClass() != null) {
      int of = classes.indexOf(rule.decisionClass());
      return threshold(of, balanced(own, probabilities), probabilities);
    }
    return largest(
        rule.decision().equals("argmax-calibrated") ? probabilities : balanced(own, probabilities));
  }

  /** What balanced decisions go by, F64[n, K]; a class without weight stands below all others. */
  private String balanced(Supplier<String> own, String probabilities) {
    Map<String, Double> told = rule.decisionWeights();
    if (told == null) {
      return own.get();
    }
    double[] weights = classes.stream().mapToDouble(told::get).toArray();
    double[] below = Arrays.stream(weights).map(w -> w > 0 ? 0 : -1).toArray();
    String odds =
        calculation.step(
            Operation.MULTIPLY, probabilities, calculation.doubles(weights, weights.length));
    return Arrays.stream(below).allMatch(b -> b == 0)
        ? odds
        : calculation.step(Operation.ADD, odds, calculation.doubles(below, below.length));
  }

  /** The class with a threshold from it on, else the largest of the others. */
  private String threshold(int of, String values, String probabilities) {
    int k = classes.size();
    double[] itself = new double[k];
    double[] others = new double[k];
    itself[of] = 1;
    others[of] = Double.NEGATIVE_INFINITY;
    String served =
        calculation.step(
            Operation.TOTAL,
            calculation.step(Operation.MULTIPLY, probabilities, calculation.doubles(itself, k)));
    double threshold = Objects.requireNonNull(rule.threshold());
    return calculation.step(
        Operation.CHOICE,
        calculation.step(Operation.AT_LEAST, served, calculation.number(threshold)),
        calculation.whole(of),
        largest(calculation.step(Operation.ADD, values, calculation.doubles(others, k))));
  }

  private String largest(String values) {
    return calculation.step(Operation.PLACE_OF_LARGEST, values);
  }
}
