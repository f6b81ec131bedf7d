package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.loss.Counted;
import dev.counterweight.serving.ServedProbabilities;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * Leaves the classes that have not been counted out of what scores become, and gives them their
 * share of it at last. Without any there is nothing to do. Not thread-safe.
 */
final class UncountedSteps {
  /** Below every score; minus infinity times 0 would be no number. */
  private static final double BELOW = -1e300;

  private final CalculationBuilder calculation;
  private final int classes;
  private final Counted counted;

  UncountedSteps(CalculationBuilder calculation, CheckpointManifest manifest) {
    this.calculation = calculation;
    List<String> names = manifest.schema().classes();
    this.classes = names.size();
    this.counted = new Counted(classes);
    float[] prior = new float[classes];
    for (int c = 0; c < classes; c++) {
      prior[c] = (float) (double) manifest.shares().priors().getOrDefault(names.get(c), 0.0);
    }
    counted.observe(prior);
  }

  /** How many classes take part. */
  int counted() {
    return counted.size();
  }

  /** Scores F64[n, K] without the others. */
  Term leaveOut(Term scores) {
    return with(Operation.ADD, scores, c -> counted.has(c) ? 0 : BELOW);
  }

  /** Shares F64[n, K] of which the others have none. */
  Term none(Term shares) {
    return with(Operation.MULTIPLY, shares, c -> counted.has(c) ? 1 : 0);
  }

  /** Probabilities F64[n, K] as they are served. */
  Term share(Term probabilities) {
    double rest = 1 - (classes - counted.size()) * ServedProbabilities.UNCOUNTED;
    Term others = with(Operation.MULTIPLY, probabilities, c -> counted.has(c) ? rest : 0);
    return with(Operation.ADD, others, c -> counted.has(c) ? 0 : ServedProbabilities.UNCOUNTED);
  }

  private Term with(Operation operation, Term values, IntToDoubleFunction byClass) {
    if (counted.size() == classes) {
      return values;
    }
    double[] other = new double[classes];
    for (int c = 0; c < classes; c++) {
      other[c] = byClass.applyAsDouble(c);
    }
    return values.then(operation, calculation.vector(other));
  }
}
