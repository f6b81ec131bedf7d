package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.serving.RecentCorrection;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * From raw scores to the probabilities that are served: what the loss taught each candidate, the
 * weights of the objective divided out, mixed by their shares, recent labels, the calibrator. In
 * double precision. Not thread-safe.
 */
final class ProbabilitySteps {
  /** As the losses, the calibrator and the trainer have them. */
  private static final double LEAST_SMOOTHED = 1e-6;

  private static final double LEAST_SHARE = 1e-9;
  private static final double LEAST_REST = 1e-300;
  private static final double LEAST_CALIBRATED = 1e-12;

  private final CalculationBuilder calculation;
  private final List<String> classes;
  private final CheckpointManifest manifest;
  private final CheckpointManifest.Probabilities how;
  private final UncountedSteps uncounted;

  ProbabilitySteps(
      CalculationBuilder calculation,
      CheckpointManifest manifest,
      CheckpointManifest.Probabilities how,
      UncountedSteps uncounted) {
    this.calculation = calculation;
    this.classes = manifest.schema().classes();
    this.manifest = manifest;
    this.how = how;
    this.uncounted = uncounted;
  }

  /**
   * Probabilities F64[n, K].
   *
   * @param scores F64[n, K], of each candidate
   * @param shares what each one counts
   */
  String probabilities(List<String> scores, List<Double> shares) {
    String stream = recent(mixed(scores.stream().map(z -> weightsOut(taught(z))).toList(), shares));
    if (!manifest.serving().calibrate()) {
      return stream;
    }
    double temperature = required(how.temperature(), "temperature");
    Map<String, Double> biases = Objects.requireNonNull(how.biases(), "biases");
    String least = calculation.number(LEAST_CALIBRATED);
    String log = calculation.step(Operation.LOG, calculation.step(Operation.LARGER, stream, least));
    String scaled = calculation.step(Operation.MULTIPLY, log, calculation.number(temperature));
    String moved = calculation.step(Operation.ADD, scaled, byClass(values(biases)));
    String none = calculation.number(Double.NEGATIVE_INFINITY);
    String zero = calculation.step(Operation.AT_MOST, stream, calculation.number(0));
    return new Odds(calculation.step(Operation.CHOICE, zero, none, moved)).shares();
  }

  /**
   * The scores' own probabilities F64[n, K], nothing corrected; of one candidate its scores, which
   * are in the same order.
   */
  String own(List<String> scores, List<Double> shares) {
    return scores.size() == 1
        ? scores.get(0)
        : mixed(scores.stream().map(z -> new Odds(scaled(z)).shares()).toList(), shares);
  }

  /** The odds of balanced classes as recent labels correct them, the weights divided out again. */
  private String recent(String stream) {
    double[] weights =
        Arrays.stream(values(how.weights())).map(w -> Math.min(w, RecentCorrection.MOST)).toArray();
    CheckpointManifest.Recent labels = how.recent();
    if (labels == null || Arrays.stream(weights).sum() == 0) {
      return stream;
    }
    double[] biases = values(labels.biases());
    for (int c = 0; c < biases.length; c++) {
      biases[c] = weights[c] > 0 ? biases[c] : Double.NEGATIVE_INFINITY;
    }
    String odds = normal(calculation.step(Operation.MULTIPLY, stream, byClass(weights)));
    String least = calculation.number(RecentCorrection.LEAST);
    String log = calculation.step(Operation.LOG, calculation.step(Operation.LARGER, odds, least));
    String scaled =
        calculation.step(Operation.MULTIPLY, log, calculation.number(labels.temperature()));
    String moved = calculation.step(Operation.ADD, scaled, byClass(biases));
    return weightsOut(new Odds(moved).shares());
  }

  private String mixed(List<String> probabilities, List<Double> shares) {
    if (probabilities.size() == 1) {
      return probabilities.get(0);
    }
    List<String> terms = new ArrayList<>();
    for (int j = 0; j < probabilities.size(); j++) {
      terms.add(
          calculation.step(
              Operation.MULTIPLY, probabilities.get(j), calculation.number(shares.get(j))));
    }
    return calculation.sum(terms);
  }

  /** As decisions by scores and LDAM's probabilities take them. */
  private String scaled(String scores) {
    return manifest.training().objective().loss().equals("ldam")
        ? calculation.step(
            Operation.MULTIPLY, scores, calculation.number(required(how.ldamScale(), "ldam_scale")))
        : scores;
  }

  /** What the loss's scores stand for under the weights trained at. */
  private String taught(String scores) {
    return switch (manifest.training().objective().loss()) {
      case "focal" -> focal(new Odds(scores), required(how.gamma(), "gamma"));
      case "ldam" -> new Odds(scaled(scores)).shares();
      case "logit-adjusted" ->
          unsmoothed(
              new Odds(calculation.step(Operation.ADD, scores, byClass(adjustment()))).shares());
      case "cross-entropy" -> unsmoothed(new Odds(scores).shares());
      default ->
          throw new IllegalArgumentException(
              "loss '%s': written by a newer release?"
                  .formatted(manifest.training().objective().loss()));
    };
  }

  private static double required(@Nullable Double value, String name) {
    if (value == null) {
      throw new IllegalArgumentException("probabilities." + name + " is missing");
    }
    return value;
  }

  /** tau log pi, relative to the largest pi. */
  private double[] adjustment() {
    double[] pi = new double[classes.size()];
    for (int c = 0; c < pi.length; c++) {
      String name = classes.get(c);
      pi[c] =
          manifest.shares().priors().getOrDefault(name, 0.0)
              * manifest.shares().classWeights().getOrDefault(name, 0.0);
    }
    double largest = Arrays.stream(pi).max().orElse(0);
    double tau = required(how.tau(), "tau");
    return Arrays.stream(pi)
        .map(share -> tau * Math.log(Math.max(LEAST_SHARE, largest > 0 ? share / largest : 1)))
        .toArray();
  }

  private String unsmoothed(String shares) {
    double eps = how.labelSmoothing() == null ? 0 : how.labelSmoothing();
    if (eps == 0) {
      return shares;
    }
    String less =
        calculation.step(Operation.SUBTRACT, shares, calculation.number(eps / uncounted.counted()));
    String scaled = calculation.step(Operation.DIVIDE, less, calculation.number(1 - eps));
    return normal(
        uncounted.none(
            calculation.step(Operation.LARGER, scaled, calculation.number(LEAST_SMOOTHED))));
  }

  /** v / phi(v), in logarithms: neither over- nor underflows. */
  private String focal(Odds odds, double gamma) {
    String v = odds.shares();
    String log = odds.logarithms();
    String rest =
        calculation.step(Operation.LARGER, odds.complements(), calculation.number(LEAST_REST));
    String factor = calculation.number(gamma);
    String slope =
        calculation.step(Operation.MULTIPLY, factor, calculation.step(Operation.MULTIPLY, v, log));
    String phi =
        calculation.step(
            Operation.SUBTRACT,
            calculation.number(1),
            calculation.step(Operation.DIVIDE, slope, rest));
    String less = calculation.step(Operation.SUBTRACT, log, calculation.step(Operation.LOG, phi));
    String focus =
        calculation.step(Operation.MULTIPLY, factor, calculation.step(Operation.LOG, rest));
    return new Odds(calculation.step(Operation.SUBTRACT, less, focus)).shares();
  }

  /** Divided by the weights of the objective; a class without weight gets nothing. */
  private String weightsOut(String shares) {
    double[] weights = values(how.weights());
    double[] factors = Arrays.stream(weights).map(w -> w > 0 ? 1 / w : 0).toArray();
    String odds = calculation.step(Operation.MULTIPLY, shares, byClass(factors));
    String sum = calculation.step(Operation.SUM, odds);
    String none = calculation.step(Operation.AT_MOST, sum, calculation.number(0));
    return calculation.step(
        Operation.CHOICE,
        none,
        calculation.number(1.0 / classes.size()),
        calculation.step(Operation.DIVIDE, odds, sum));
  }

  private String normal(String odds) {
    return calculation.step(Operation.DIVIDE, odds, calculation.step(Operation.SUM, odds));
  }

  private double[] values(Map<String, Double> byClass) {
    return classes.stream().mapToDouble(name -> byClass.getOrDefault(name, 0.0)).toArray();
  }

  private String byClass(double[] values) {
    return calculation.doubles(values, values.length);
  }

  /** exp(z) of scores, over the largest: what a softmax and its logarithm are made of. */
  private final class Odds {
    private final String distance;
    private final String odds;
    private final String sum;

    Odds(String scores) {
      this.distance =
          calculation.step(Operation.SUBTRACT, scores, calculation.step(Operation.LARGEST, scores));
      this.odds = calculation.step(Operation.EXP, distance);
      this.sum = calculation.step(Operation.SUM, odds);
    }

    String shares() {
      return calculation.step(Operation.DIVIDE, odds, sum);
    }

    String logarithms() {
      return calculation.step(Operation.SUBTRACT, distance, calculation.step(Operation.LOG, sum));
    }

    /** 1 - share, without the loss of digits near 1. */
    String complements() {
      int k = classes.size();
      double[] others = new double[k * k];
      for (int i = 0; i < others.length; i++) {
        others[i] = i % k == i / k ? 0 : 1;
      }
      String rest = calculation.step(Operation.PRODUCT, odds, calculation.doubles(others, k, k));
      return calculation.step(Operation.DIVIDE, rest, sum);
    }
  }
}
