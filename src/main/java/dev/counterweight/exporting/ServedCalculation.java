package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.tensor.SafeTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
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
    String logits =
        new ScoreSteps(calculation, manifest.training().layers(), model)
            .scores(numbers(features), features.vectors());
    String scores = calculation.step(Operation.TO_DOUBLE, logits);
    unscorable.add(count(calculation.step(Operation.SUBTRACT, scores, scores)));
    String probabilities = new ProbabilitySteps(calculation, manifest, how).probabilities(scores);
    return end(probabilities, decision(scores, probabilities));
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

  /** The class decided for, I64[n]. */
  private String decision(String scores, String probabilities) {
    CheckpointManifest.Serving rule = manifest.serving();
    int k = manifest.schema().classes().size();
    if (rule.costs() != null) {
      double[] gains = rule.costs().stream().mapToDouble(cost -> -cost).toArray();
      return largest(
          calculation.step(Operation.PRODUCT, probabilities, calculation.doubles(gains, k, k)));
    }
    if (rule.decisionClass() != null) {
      int of = manifest.schema().classes().indexOf(rule.decisionClass());
      double threshold = Objects.requireNonNull(rule.threshold());
      return threshold(of, threshold, scores, probabilities, k);
    }
    return largest(
        rule.decision().equals("argmax-calibrated")
            ? probabilities
            : balanced(scores, probabilities));
  }

  /** What balanced decisions go by, F64[n, K]; a class without weight stands below all others. */
  private String balanced(String scores, String probabilities) {
    Map<String, Double> told = manifest.serving().decisionWeights();
    if (told == null) {
      return scores;
    }
    List<String> classes = manifest.schema().classes();
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
  private String threshold(int of, double threshold, String scores, String probabilities, int k) {
    double[] itself = new double[k];
    double[] others = new double[k];
    itself[of] = 1;
    others[of] = Double.NEGATIVE_INFINITY;
    String own =
        calculation.step(
            Operation.TOTAL,
            calculation.step(Operation.MULTIPLY, probabilities, calculation.doubles(itself, k)));
    return calculation.step(
        Operation.CHOICE,
        calculation.step(Operation.AT_LEAST, own, calculation.number(threshold)),
        calculation.whole(of),
        largest(
            calculation.step(
                Operation.ADD, balanced(scores, probabilities), calculation.doubles(others, k))));
  }

  private String largest(String values) {
    return calculation.step(Operation.PLACE_OF_LARGEST, values);
  }
}
