package dev.counterweight.config;

import dev.counterweight.weights.FormulaConfig;
import java.util.ArrayList;
import java.util.List;

/** What must hold between the formulas of the objective and of the sampler and their parameters. */
final class FormulaRules {
  private static final String FIXED = "fixed";

  private FormulaRules() {}

  /** A line for each rule broken; empty if none is. */
  static List<String> problems(FormulaConfig objective, String sampling, List<String> classes) {
    List<String> problems = new ArrayList<>();
    List<Double> fixed = objective.fixed();
    boolean used = objective.name().equals(FIXED) || sampling.equals(FIXED);
    if (used && fixed.isEmpty()) {
      problems.add(
          "%s: must be given where %s or %s is fixed: a number for each of the classes %s, in this order"
              .formatted(
                  CounterKeys.FIXED, CounterKeys.FORMULA, SamplingPolicyKeys.WEIGHTS, classes));
    } else if (!fixed.isEmpty() && fixed.size() != classes.size()) {
      problems.add(
          "%s=%s: must have a number for each of the %d classes %s, in this order; it has %d"
              .formatted(CounterKeys.FIXED, text(fixed), classes.size(), classes, fixed.size()));
    } else if (sampling.equals(FIXED) && !objective.name().equals(FIXED) && fixed.contains(0d)) {
      problems.add(
          "%s=%s: must be above 0 for class '%s', which %s=%s gives weight: a class with weight must be drawn"
              .formatted(
                  CounterKeys.FIXED,
                  text(fixed),
                  classes.get(fixed.indexOf(0d)),
                  CounterKeys.FORMULA,
                  objective.name()));
    }
    return problems;
  }

  private static String text(List<Double> values) {
    return String.join(",", values.stream().map(Form::number).toList());
  }
}
