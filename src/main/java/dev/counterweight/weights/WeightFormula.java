package dev.counterweight.weights;

import java.util.Arrays;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;

/**
 * A rule that turns class counts into class weights. Immutable and thread-safe.
 *
 * <p>K is the number of classes configured, seen or not, so that the scale of the weights does not
 * jump when a class is met for the first time. A class whose count is 0 takes the largest weight of
 * the others; while every count is 0 all weights are 1. {@link Fixed}, {@link None} and {@link
 * Batch} do not look at the counts.
 */
public sealed interface WeightFormula {

  /** The name of {@link Batch}. */
  String PER_BATCH = "batch";

  /** A count below this share of the largest counts as this share of it. */
  double VANISHED = 1e-150;

  /** The name in configuration and snapshots. */
  String name();

  /** The parameters by configuration key; empty where there are none. */
  default Map<String, Double> parameters() {
    return Map.of();
  }

  /**
   * The weights of these counts, uncapped.
   *
   * @param counts K counts, finite and at least 0, possibly decayed
   * @return K weights, at least 0, in a new array
   */
  double[] weights(double[] counts);

  /**
   * The formula of that name, with its arguments: one number of {@code smoothed}, {@code power} and
   * {@code effective-number}, which without it take 1, 0.5 and 0.9999; a weight for each class of
   * {@code fixed}; none of the others.
   *
   * @throws IllegalArgumentException if there is no formula of that name, or the arguments are not
   *     such or out of range
   */
  static WeightFormula of(String name, double... arguments) {
    WeightFormula formula =
        switch (name) {
          case "balanced" -> new Balanced();
          case "inverse" -> new Inverse();
          case "smoothed" -> new Smoothed(first(arguments, 1));
          case "power" -> new Power(first(arguments, 0.5));
          case "effective-number" -> new EffectiveNumber(first(arguments, 0.9999));
          case "fixed" -> new Fixed(arguments);
          case "none" -> new None();
          case PER_BATCH -> new Batch();
          default -> throw new IllegalArgumentException("there is no formula '" + name + "'");
        };
    boolean fits = formula instanceof Fixed || arguments.length <= formula.parameters().size();
    if (!fits) {
      throw new IllegalArgumentException(
          "formula '%s' takes no %d arguments".formatted(name, arguments.length));
    }
    return formula;
  }

  private static double first(double[] arguments, double otherwise) {
    return arguments.length == 0 ? otherwise : arguments[0];
  }

  /** N / (K n_c), as scikit-learn's {@code class_weight="balanced"}. */
  record Balanced() implements WeightFormula {
    @Override
    public String name() {
      return "balanced";
    }

    @Override
    public double[] weights(double[] counts) {
      double share = sum(counts) / counts.length;
      return ofSeen(counts, n -> share / n);
    }
  }

  /** 1 / n_c. */
  record Inverse() implements WeightFormula {
    @Override
    public String name() {
      return "inverse";
    }

    @Override
    public double[] weights(double[] counts) {
      return ofSeen(counts, n -> 1 / n);
    }
  }

  /**
   * (1 + s) / (n_c + s).
   *
   * @param smoothing s, at least 0
   */
  record Smoothed(double smoothing) implements WeightFormula {
    public Smoothed {
      require(smoothing >= 0 && Double.isFinite(smoothing), "smoothing", smoothing, "at least 0");
    }

    @Override
    public String name() {
      return "smoothed";
    }

    @Override
    public Map<String, Double> parameters() {
      return Map.of("weights.smoothing", smoothing);
    }

    @Override
    public double[] weights(double[] counts) {
      return ofSeen(counts, n -> (1 + smoothing) / (n + smoothing));
    }
  }

  /**
   * (N / (K n_c))^a: between none (a = 0) and balanced (a = 1), beyond it steeper than balanced.
   *
   * <p>Weights stay what a float can hold: where a large a would take the smallest below 2^-100,
   * all are scaled by the one factor that makes it 2^-100, which changes no ratio; one that would
   * then be above 2^100 is 2^100.
   *
   * @param power a, at least 0
   */
  record Power(double power) implements WeightFormula {
    private static final double LARGEST = 0x1p100;

    public Power {
      require(power >= 0 && Double.isFinite(power), "power", power, "at least 0");
    }

    @Override
    public String name() {
      return "power";
    }

    @Override
    public Map<String, Double> parameters() {
      return Map.of("weights.power", power);
    }

    @Override
    public double[] weights(double[] counts) {
      double share = sum(counts) / counts.length;
      double common = Arrays.stream(counts).max().orElse(0);
      boolean small = StrictMath.pow(share / common, power) < 1 / LARGEST;
      return ofSeen(
          counts,
          n ->
              small
                  ? StrictMath.exp(power * StrictMath.log(common / n)) / LARGEST
                  : StrictMath.pow(share / n, power),
          LARGEST);
    }
  }

  /**
   * (1 - b) / (1 - b^n_c), scaled so that the K weights sum to K (Cui et al., Class-Balanced Loss
   * Based on Effective Number of Samples, CVPR 2019).
   *
   * @param beta b, at least 0 and below 1
   */
  record EffectiveNumber(double beta) implements WeightFormula {
    public EffectiveNumber {
      require(beta >= 0 && beta < 1, "beta", beta, "at least 0 and below 1");
    }

    @Override
    public String name() {
      return "effective-number";
    }

    @Override
    public Map<String, Double> parameters() {
      return Map.of("weights.beta", beta);
    }

    @Override
    public double[] weights(double[] counts) {
      // 1 - b^n as expm1 keeps its digits where b^n is close to 1, as under decayed counts.
      double logBeta = StrictMath.log(beta);
      double[] weights = ofSeen(counts, n -> (1 - beta) / -StrictMath.expm1(n * logBeta));
      double scale = weights.length / sum(weights);
      return Arrays.stream(weights).map(w -> w * scale).toArray();
    }
  }

  /**
   * Weights as configured, whatever the counts.
   *
   * @param values K weights, finite and at least 0, one of them above 0; 0 leaves a class out of
   *     the objective; copied
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Fixed(double[] values) implements WeightFormula {
    public Fixed {
      values = values.clone();
      for (double value : values) {
        require(value >= 0 && Double.isFinite(value), "fixed", value, "at least 0");
      }
      require(sum(values) > 0, "fixed", 0, "above 0 for at least one class");
    }

    @Override
    public String name() {
      return "fixed";
    }

    @Override
    public double[] weights(double[] counts) {
      if (counts.length != values.length) {
        throw new IllegalArgumentException(
            "fixed weights for " + values.length + " classes, but there are " + counts.length);
      }
      return values.clone();
    }
  }

  /** 1 for every class. */
  record None() implements WeightFormula {
    @Override
    public String name() {
      return "none";
    }

    @Override
    public double[] weights(double[] counts) {
      double[] weights = new double[counts.length];
      Arrays.fill(weights, 1);
      return weights;
    }
  }

  /**
   * 1 for every class, like {@link None}: the trainer weighs each row by 1 / (rows of its class in
   * the batch) instead, so that every class in a batch pulls alike. What is learned is then
   * balanced whatever the counts, and serving corrects by N / (K n_c), the weights of {@link
   * Balanced}.
   */
  record Batch() implements WeightFormula {
    @Override
    public String name() {
      return PER_BATCH;
    }

    @Override
    public double[] weights(double[] counts) {
      return new None().weights(counts);
    }
  }

  private static double[] ofSeen(double[] counts, DoubleUnaryOperator weight) {
    // JSON cannot hold an infinite weight.
    return ofSeen(counts, weight, Double.MAX_VALUE / counts.length);
  }

  private static double[] ofSeen(double[] counts, DoubleUnaryOperator weight, double bound) {
    double[] weights = new double[counts.length];
    double largest = 0;
    // A count decayed to almost nothing must not push the weights of the others below what a
    // double can hold once all are scaled.
    double least = Arrays.stream(counts).max().orElse(0) * VANISHED;
    for (int c = 0; c < counts.length; c++) {
      if (!(counts[c] >= 0 && Double.isFinite(counts[c]))) {
        throw new IllegalArgumentException(
            "count " + counts[c] + " of class " + c + ": it must be finite and at least 0");
      }
      if (counts[c] > 0) {
        weights[c] = Math.min(weight.applyAsDouble(Math.max(counts[c], least)), bound);
        largest = Math.max(largest, weights[c]);
      }
    }
    for (int c = 0; c < counts.length; c++) {
      if (counts[c] == 0) {
        weights[c] = largest > 0 ? largest : 1;
      }
    }
    return weights;
  }

  private static double sum(double[] values) {
    return Arrays.stream(values).sum();
  }

  private static void require(boolean holds, String what, double value, String rule) {
    if (!holds) {
      throw new IllegalArgumentException(
          "weights." + what + "=" + value + ": it must be finite and " + rule);
    }
  }
}
