package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.forest.Forest;
import dev.counterweight.serving.ForestShares;
import dev.counterweight.tensor.SafeTensors;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * All that stands between an event's features and what is told of it: missing rules, normaliser,
 * copies by rank, embeddings, layers, trees, the way from scores to probabilities, the decision.
 */
final class ServedCalculation {
  private final CalculationBuilder calculation = new CalculationBuilder();
  private final CheckpointManifest manifest;
  private final List<Term> unscorable = new ArrayList<>();

  private ServedCalculation(CheckpointManifest manifest) {
    this.manifest = manifest;
  }

  /** The calculation of a checkpoint that can be served, of a linear model or an mlp. */
  static Calculation of(StoredCheckpoint checkpoint) {
    byte[] model = Objects.requireNonNull(checkpoint.files().get(StoredCheckpoint.MODEL));
    return new ServedCalculation(checkpoint.manifest())
        .write(SafeTensors.parse(model), ServedCheckpoint.forest(checkpoint).orElse(null));
  }

  private Calculation write(SafeTensors model, @Nullable Forest forest) {
    CheckpointManifest.Probabilities how = Objects.requireNonNull(manifest.probabilities());
    FeatureSchema schema = ServedCheckpoint.features(manifest.schema());
    FeatureSteps features = new FeatureSteps(calculation, schema, model);
    unscorable.addAll(features.unscorable());
    ServedCandidates served = ServedCandidates.of(manifest);
    List<Term> logits =
        new ScoreSteps(calculation, manifest.training().layers(), model)
            .scores(served.prefixes(), numbers(features), features.vectors()).stream()
                .map(Term::toDouble)
                .toList();
    logits.forEach(z -> unscorable.add(z.minus(z).isNaN().toDouble().sum()));
    UncountedSteps uncounted = new UncountedSteps(calculation, manifest);
    List<Term> scores = logits.stream().map(uncounted::leaveOut).toList();
    ProbabilitySteps steps = new ProbabilitySteps(calculation, manifest, how, uncounted);
    Term evidence = forest == null ? null : evidence(forest, features.row());
    Term probabilities = uncounted.share(steps.probabilities(scores, served.shares(), evidence));
    return end(
        probabilities,
        new DecisionSteps(calculation, manifest)
            .decision(() -> steps.own(scores, served.shares()), probabilities));
  }

  private Term evidence(Forest forest, Term row) {
    ForestShares shares =
        Objects.requireNonNull(Objects.requireNonNull(manifest.probabilities()).forest());
    int classes = manifest.schema().classes().size();
    return new ForestSteps(calculation, forest.tables(), classes).evidence(row, shares);
  }

  /** The columns that are numbers, F64[n, N]; null if there are none. */
  private @Nullable Term numbers(FeatureSteps features) {
    if (features.columns().isEmpty()) {
      return null;
    }
    Term numbers = calculation.step(Operation.JOIN, features.columns()).toDouble();
    Term missing =
        numbers.isNaN().choose(calculation.vector(features.mustBeThere()), calculation.number(0));
    unscorable.add(missing.sum());
    return numbers;
  }

  private Calculation end(Term probabilities, Term decision) {
    Term none = CalculationBuilder.sum(unscorable).then(Operation.ABOVE, calculation.number(0));
    return calculation.end(
        none.choose(Double.NaN, probabilities).toFloat(),
        none.choose(calculation.whole(-1), decision.column()).total());
  }
}
