package dev.counterweight.config;

import dev.counterweight.weights.WeightFormula;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.DoubleStream;

/** How the formulas of the objective and of the sampler are written, and how they go together. */
final class Formulas {
  private static final String FROM_COUNTS =
      "one of balanced, inverse, smoothed(s) with s at least 0, power(a) with a at least 0,"
          + " effective-number(b) with b at least 0 and below 1, fixed(w,w,...) with a number for"
          + " each class, each at least 0 and one of them above 0, none";

  /** The formulas that give weights from counts. */
  static final Form<WeightFormula> SAMPLING =
      form(FROM_COUNTS, formula -> !(formula instanceof WeightFormula.Batch));

  /** And the one worked out by the trainer on the rows of each batch. */
  static final Form<WeightFormula> OBJECTIVE =
      form(FROM_COUNTS + ", " + WeightFormula.PER_BATCH, formula -> true);

  private Formulas() {}

  private static Form<WeightFormula> form(String words, Predicate<WeightFormula> allowed) {
    return Form.of(words, Formulas::parse).where(allowed);
  }

  private static Optional<WeightFormula> parse(String text) {
    return Call.parse(text)
        .flatMap(call -> call.numbers().flatMap(numbers -> of(call.name(), numbers)));
  }

  private static Optional<WeightFormula> of(String name, double[] arguments) {
    try {
      return Optional.of(WeightFormula.of(name, arguments));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** As it is written. */
  static String text(WeightFormula formula) {
    DoubleStream arguments =
        formula instanceof WeightFormula.Fixed fixed
            ? Arrays.stream(fixed.values())
            : formula.parameters().values().stream().mapToDouble(Double::doubleValue);
    List<String> numbers = arguments.mapToObj(Form::number).toList();
    return formula.name() + (numbers.isEmpty() ? "" : "(" + String.join(",", numbers) + ")");
  }

  /** Looks at the rules between the formulas and the classes. */
  static void check(
      WeightFormula objective, WeightFormula sampling, List<String> classes, Problems problems) {
    int before = problems.count();
    requireEachClass(CounterKeys.FORMULA, objective, classes, problems);
    requireEachClass(SamplingPolicyKeys.WEIGHTS, sampling, classes, problems);
    if (problems.count() == before && sampling instanceof WeightFormula.Fixed fixed) {
      double[] paid =
          objective instanceof WeightFormula.Fixed own ? own.values() : ones(classes.size());
      for (int c = 0; c < paid.length; c++) {
        if (fixed.values()[c] == 0 && paid[c] > 0) {
          problems.add(
              "%s=%s: must be above 0 for class '%s', which %s=%s gives weight: a class with weight"
                  + " must be drawn",
              SamplingPolicyKeys.WEIGHTS,
              text(sampling),
              classes.get(c),
              CounterKeys.FORMULA,
              text(objective));
        }
      }
    }
  }

  private static double[] ones(int classes) {
    return DoubleStream.generate(() -> 1).limit(classes).toArray();
  }

  private static void requireEachClass(
      Key<?> key, WeightFormula formula, List<String> classes, Problems problems) {
    if (formula instanceof WeightFormula.Fixed fixed && fixed.values().length != classes.size()) {
      problems.add(
          "%s=%s: must have a number for each of the %d classes %s, in this order; it has %d",
          key, text(formula), classes.size(), classes, fixed.values().length);
    }
  }
}
