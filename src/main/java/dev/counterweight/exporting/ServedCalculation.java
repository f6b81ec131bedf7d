package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.tensor.SafeTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that stands between an event's features and what is told of it: missing rules, normaliser,
 * copies by rank, embeddings, layers, the way from scores to probabilities, the decision.
 */
final class ServedCalculation {
  private final CalculationBuilder calculation = new CalculationBuilder();
  private final CheckpointManifest manifest;
  private final List<String> unscorable = new ArrayList<>();

  private ServedCalculation(CheckpointManifest manifest) {
    this.manifest = manifest;
  }

  /** The calculation of a checkpoint that can be served, of a linear model or an mlp. */
  static Calculation of(StoredCheckpoint checkpoint) {
    byte[] model = Objects.requireNonNull(checkpoint.files().get(StoredCheckpoint.MODEL));
    return new ServedCalculation(checkpoint.manifest()).write(SafeTensors.parse(model));
  }

  private Calculation write(SafeTensors model) {
    CheckpointManifest.Probabilities how = Objects.requireNonNull(manifest.probabilities());
    FeatureSchema schema = ServedCheckpoint.features(manifest.schema());
    FeatureSteps features = new FeatureSteps(calculation, schema, model);
    unscorable.addAll(features.unscorable());
    ServedCandidates served = ServedCandidates.of(manifest);
    List<String> logits =
        new ScoreSteps(calculation, manifest.training().layers(), model)
            .scores(served.prefixes(), numbers(features), features.vectors()).stream()
                .map(z -> calculation.step(Operation.TO_DOUBLE, z))
                .toList();
    logits.forEach(z -> unscorable.add(count(calculation.step(Operation.SUBTRACT, z, z))));
    UncountedSteps uncounted = new UncountedSteps(calculation, manifest);
    List<String> scores = logits.stream().map(uncounted::leaveOut).toList();
    ProbabilitySteps steps = new ProbabilitySteps(calculation, manifest, how, uncounted);
    String probabilities = uncounted.share(steps.probabilities(scores, served.shares()));
    return end(
        probabilities,
        new DecisionSteps(calculation, manifest)
            .decision(() -> steps.own(scores, served.shares()), probabilities));
  }

  /** The columns that are numbers, F64[n, N]; null if there are none. */
  private @Nullable String numbers(FeatureSteps features) {
    if (features.columns().isEmpty()) {
      return null;
    }
    String numbers =
        calculation.step(Operation.TO_DOUBLE, calculation.step(Operation.JOIN, features.columns()));
    double[] needed = features.mustBeThere();
    String missing =
        calculation.step(
            Operation.CHOICE,
            calculation.step(Operation.IS_NAN, numbers),
            calculation.doubles(needed, needed.length),
            calculation.number(0));
    unscorable.add(calculation.step(Operation.SUM, missing));
    return numbers;
  }

  /** How many values of a row are no numbers, F64[n, 1]. */
  private String count(String values) {
    String none = calculation.step(Operation.IS_NAN, values);
    return calculation.step(Operation.SUM, calculation.step(Operation.TO_DOUBLE, none));
  }

  private Calculation end(String probabilities, String decision) {
    String none =
        calculation.step(Operation.ABOVE, calculation.sum(unscorable), calculation.number(0));
    String told =
        calculation.step(
            Operation.TO_FLOAT,
            calculation.step(
                Operation.CHOICE, none, calculation.number(Double.NaN), probabilities));
    String decided =
        calculation.step(
            Operation.TOTAL,
            calculation.step(
                Operation.CHOICE,
                none,
                calculation.whole(-1),
                calculation.step(Operation.COLUMN, decision)));
    return calculation.end(told, decided);
  }
}
