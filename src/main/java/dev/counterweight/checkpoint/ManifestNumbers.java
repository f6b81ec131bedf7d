package dev.counterweight.checkpoint;

import dev.counterweight.loss.LossConfig;
import dev.counterweight.serving.Correction;
import dev.counterweight.serving.DecisionConfig;
import dev.counterweight.serving.DecisionRule;
import dev.counterweight.serving.OddsCorrection;
import dev.counterweight.serving.ServingNumbers;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The numbers of serving, as a checkpoint.json tells them. */
final class ManifestNumbers {
  private ManifestNumbers() {}

  /**
   * The numbers.
   *
   * @throws IllegalArgumentException if one is missing or cannot be; the message names it
   */
  static ServingNumbers of(CheckpointManifest manifest, List<String> classes) {
    CheckpointManifest.Probabilities told = manifest.probabilities();
    if (told == null) {
      throw new IllegalArgumentException(
          "its checkpoint.json is from before it told how scores become probabilities: train on for"
              + " a newer one");
    }
    CheckpointManifest.Serving serving = manifest.serving();
    return new ServingNumbers(
        loss(manifest.training().objective().loss(), told),
        floats("priors", manifest.shares().priors(), classes),
        floats("class_weights", manifest.shares().classWeights(), classes),
        floats("probabilities.weights", told.weights(), classes),
        served(mixture(manifest)),
        told.forest(),
        recent(told.recent(), classes),
        serving.calibrate() ? correction(told, classes) : null,
        decisionWeights(serving.decisionWeights(), classes),
        new DecisionRule(decision(serving), classes),
        serving.decisionClass() == null ? null : there("serving.threshold", serving.threshold()));
  }

  /**
   * What each candidate counts, by candidate; 0 of one that is not served.
   *
   * @throws IllegalArgumentException if they are not as many as the candidates, or cannot be
   */
  static double[] mixture(CheckpointManifest manifest) {
    int candidates = manifest.training().mixed().candidates().count();
    CheckpointManifest.Probabilities told = manifest.probabilities();
    List<Double> mixture = told == null ? null : told.mixture();
    if (mixture == null && candidates == 1) {
      return new double[] {1};
    }
    if (mixture == null || mixture.size() != candidates) {
      throw new IllegalArgumentException(
          "probabilities.mixture is %s: must be a share for each of %d candidates"
              .formatted(Objects.toString(mixture, "missing"), candidates));
    }
    double[] shares = mixture.stream().mapToDouble(Double::doubleValue).toArray();
    double sum = Arrays.stream(shares).sum();
    if (!(Math.abs(sum - 1) < 1e-9) || !Arrays.stream(shares).allMatch(share -> share >= 0)) {
      throw new IllegalArgumentException(
          "probabilities.mixture is %s: shares must be at least 0, and sum to 1"
              .formatted(mixture));
    }
    return shares;
  }

  private static double[] served(double[] mixture) {
    return Arrays.stream(mixture).filter(share -> share > 0).toArray();
  }

  /** What only training asks for is as by default. */
  private static LossConfig loss(String name, CheckpointManifest.Probabilities told) {
    LossConfig.Kind kind;
    try {
      kind = LossConfig.Kind.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "its loss is '%s': written by a newer release?".formatted(name), e);
    }
    boolean smoothed =
        kind == LossConfig.Kind.CROSS_ENTROPY || kind == LossConfig.Kind.LOGIT_ADJUSTED;
    return new LossConfig(
        kind,
        kind == LossConfig.Kind.FOCAL ? there("probabilities.gamma", told.gamma()) : 0,
        kind == LossConfig.Kind.LOGIT_ADJUSTED ? there("probabilities.tau", told.tau()) : 0,
        smoothed ? there("probabilities.label_smoothing", told.labelSmoothing()) : 0,
        0,
        kind == LossConfig.Kind.LDAM ? there("probabilities.ldam_scale", told.ldamScale()) : 1,
        LossConfig.Reduction.BATCH_MEAN,
        false);
  }

  private static DecisionConfig decision(CheckpointManifest.Serving serving) {
    String name = serving.decisionClass();
    List<Double> costs = serving.costs();
    if (name != null) {
      boolean recall = serving.recall() != null;
      return new DecisionConfig.Target(
          name,
          recall ? DecisionConfig.Measure.RECALL : DecisionConfig.Measure.PRECISION,
          there("serving.recall or .precision", recall ? serving.recall() : serving.precision()));
    }
    if (costs != null) {
      return new DecisionConfig.Costs(costs);
    }
    return switch (serving.decision()) {
      case "argmax-balanced" -> new DecisionConfig.Balanced();
      case "argmax-scores" -> new DecisionConfig.Scores();
      case "argmax-calibrated" -> new DecisionConfig.Calibrated();
      default ->
          throw new IllegalArgumentException(
              "its rule of decisions is '%s': written by a newer release?"
                  .formatted(serving.decision()));
    };
  }

  private static Correction correction(
      CheckpointManifest.Probabilities told, List<String> classes) {
    Map<String, Double> biases = told.biases();
    if (biases == null) {
      throw new IllegalArgumentException("probabilities.biases is missing");
    }
    return new Correction(
        there("probabilities.temperature", told.temperature()),
        all("probabilities.biases", biases, classes));
  }

  private static @Nullable OddsCorrection recent(
      CheckpointManifest.@Nullable Recent told, List<String> classes) {
    return told == null
        ? null
        : new OddsCorrection(
            there("probabilities.recent.temperature", told.temperature()),
            all("probabilities.recent.biases", told.biases(), classes));
  }

  private static double[] all(String field, Map<String, Double> told, List<String> classes) {
    return classes.stream().mapToDouble(name -> of(field, told, name)).toArray();
  }

  /** A checkpoint from before they were told was decided, and is, by its model's own scores. */
  private static double[] decisionWeights(
      @Nullable Map<String, Double> told, List<String> classes) {
    double[] values = new double[told == null ? 0 : classes.size()];
    for (int c = 0; told != null && c < values.length; c++) {
      values[c] = of("serving.decision_weights", told, classes.get(c));
      if (!(values[c] >= 0)) {
        throw new IllegalArgumentException(
            "serving.decision_weights of class '%s' is %s: must be a number from 0"
                .formatted(classes.get(c), values[c]));
      }
    }
    return values;
  }

  private static float[] floats(String field, Map<String, Double> told, List<String> classes) {
    float[] values = new float[classes.size()];
    for (int c = 0; c < values.length; c++) {
      values[c] = (float) of(field, told, classes.get(c));
      if (!(values[c] >= 0)) {
        throw new IllegalArgumentException(
            "%s of class '%s' is %s: must be a number from 0"
                .formatted(field, classes.get(c), values[c]));
      }
    }
    return values;
  }

  private static double of(String field, Map<String, Double> told, String name) {
    return there(field + " of class '" + name + "'", told.get(name));
  }

  private static double there(String field, @Nullable Double value) {
    if (value == null || Double.isNaN(value)) {
      throw new IllegalArgumentException(field + " is " + Objects.toString(value, "missing"));
    }
    return value;
  }
}
