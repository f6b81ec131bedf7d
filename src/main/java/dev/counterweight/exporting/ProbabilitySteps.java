package dev.counterweight.exporting;

import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.serving.OddsCorrection;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * From raw scores to the probabilities that are served: what the loss taught each candidate, the
 * weights of the objective divided out, mixed by their shares, a forest, recent labels, the
 * calibrator. In double precision. Not thread-safe.
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
   * @param forest what a forest adds to the logarithms of their odds, F64[n, K]; null without one
   */
  Term probabilities(List<Term> scores, List<Double> shares, @Nullable Term forest) {
    Term networks = mixed(scores.stream().map(z -> weightsOut(taught(z))).toList(), shares);
    Term stream = recent(pooled(networks, forest));
    if (!manifest.serving().calibrate()) {
      return stream;
    }
    double temperature = required(how.temperature(), "temperature");
    Map<String, Double> biases = Objects.requireNonNull(how.biases(), "biases");
    Term moved =
        corrected(stream, LEAST_CALIBRATED, temperature, calculation.vector(values(biases)));
    Term none = calculation.number(Double.NEGATIVE_INFINITY);
    return new Odds(stream.atMost(0).choose(none, moved)).shares();
  }

  /**
   * The scores' own probabilities F64[n, K], nothing corrected; of one candidate its scores, which
   * are in the same order.
   */
  Term own(List<Term> scores, List<Double> shares) {
    return scores.size() == 1
        ? scores.get(0)
        : mixed(scores.stream().map(z -> new Odds(scaled(z)).shares()).toList(), shares);
  }

  /** As {@link dev.counterweight.serving.ForestPool} does. */
  private Term pooled(Term networks, @Nullable Term forest) {
    return forest == null
        ? networks
        : balanced(networks, Objects.requireNonNull(how.forest()).networks(), forest);
  }

  private Term recent(Term stream) {
    CheckpointManifest.Recent labels = how.recent();
    return labels == null
        ? stream
        : balanced(stream, labels.temperature(), calculation.vector(values(labels.biases())));
  }

  /** As {@link OddsCorrection}: the odds of balanced classes, the weights divided out again. */
  private Term balanced(Term stream, double temperature, Term biases) {
    double[] weights =
        Arrays.stream(values(how.weights())).map(w -> Math.min(w, OddsCorrection.MOST)).toArray();
    if (Arrays.stream(weights).sum() == 0) {
      return stream;
    }
    Term odds = normal(stream.times(calculation.vector(weights)));
    Term moved = corrected(odds, OddsCorrection.LEAST, temperature, biases);
    return weightsOut(new Odds(withWeight(moved, weights)).shares());
  }

  /** Scores of which a class without weight has none. */
  private Term withWeight(Term scores, double[] weights) {
    double[] none = Arrays.stream(weights).map(w -> w > 0 ? 0 : Double.NEGATIVE_INFINITY).toArray();
    return Arrays.stream(none).allMatch(n -> n == 0)
        ? scores
        : scores.plus(calculation.vector(none));
  }

  /** Logarithms of probabilities, scaled by a temperature and moved by biases. */
  private static Term corrected(Term probabilities, double least, double temperature, Term biases) {
    return probabilities.larger(least).log().times(temperature).plus(biases);
  }

  private static Term mixed(List<Term> probabilities, List<Double> shares) {
    if (probabilities.size() == 1) {
      return probabilities.get(0);
    }
    return CalculationBuilder.sum(
        IntStream.range(0, probabilities.size())
            .mapToObj(j -> probabilities.get(j).times(shares.get(j)))
            .toList());
  }

  /** As decisions by scores and LDAM's probabilities take them. */
  private Term scaled(Term scores) {
    return manifest.training().objective().loss().equals("ldam")
        ? scores.times(required(how.ldamScale(), "ldam_scale"))
        : scores;
  }

  /** What the loss's scores stand for under the weights trained at. */
  private Term taught(Term scores) {
    return switch (manifest.training().objective().loss()) {
      case "focal" -> focal(new Odds(scores), required(how.gamma(), "gamma"));
      case "ldam" -> new Odds(scaled(scores)).shares();
      case "logit-adjusted" ->
          unsmoothed(new Odds(scores.plus(calculation.vector(adjustment()))).shares());
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
    double[] pi = values(manifest.shares().priors());
    double[] weights = values(manifest.shares().classWeights());
    Arrays.setAll(pi, c -> pi[c] * weights[c]);
    double largest = Arrays.stream(pi).max().orElse(0);
    double tau = required(how.tau(), "tau");
    return Arrays.stream(pi)
        .map(share -> tau * Math.log(Math.max(LEAST_SHARE, largest > 0 ? share / largest : 1)))
        .toArray();
  }

  private Term unsmoothed(Term shares) {
    double eps = how.labelSmoothing() == null ? 0 : how.labelSmoothing();
    if (eps == 0) {
      return shares;
    }
    Term scaled =
        shares
            .minus(calculation.number(eps / uncounted.counted()))
            .over(calculation.number(1 - eps));
    return normal(uncounted.none(scaled.larger(LEAST_SMOOTHED)));
  }

  /** v / phi(v), in logarithms: neither over- nor underflows. */
  private Term focal(Odds odds, double gamma) {
    Term v = odds.shares();
    Term log = odds.logarithms();
    Term rest = odds.complements().larger(LEAST_REST);
    Term factor = calculation.number(gamma);
    Term slope = factor.times(v.times(log));
    Term phi = calculation.number(1).minus(slope.over(rest));
    Term less = log.minus(phi.log());
    return new Odds(less.minus(factor.times(rest.log()))).shares();
  }

  /** Divided by the weights of the objective; a class without weight gets nothing. */
  private Term weightsOut(Term shares) {
    double[] factors = Arrays.stream(values(how.weights())).map(w -> w > 0 ? 1 / w : 0).toArray();
    Term odds = shares.times(calculation.vector(factors));
    Term sum = odds.sum();
    return sum.atMost(0).choose(1.0 / classes.size(), odds.over(sum));
  }

  private static Term normal(Term odds) {
    return odds.over(odds.sum());
  }

  private double[] values(Map<String, Double> byClass) {
    return classes.stream().mapToDouble(name -> byClass.getOrDefault(name, 0.0)).toArray();
  }

  /** exp(z) of scores, over the largest: what a softmax and its logarithm are made of. */
  private final class Odds {
    private final Term distance;
    private final Term odds;
    private final Term sum;

    Odds(Term scores) {
      this.distance = scores.minus(scores.then(Operation.LARGEST));
      this.odds = distance.then(Operation.EXP);
      this.sum = odds.sum();
    }

    Term shares() {
      return odds.over(sum);
    }

    Term logarithms() {
      return distance.minus(sum.log());
    }

    /** 1 - share, without the loss of digits near 1. */
    Term complements() {
      int k = classes.size();
      double[] others = new double[k * k];
      Arrays.setAll(others, i -> i % k == i / k ? 0 : 1);
      return odds.product(calculation.table(others, k, k)).over(sum);
    }
  }
}
