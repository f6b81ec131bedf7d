package dev.counterweight.evaluation;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;

/**
 * The threshold of one class's probability at which recall or precision met a target on the rows
 * seen, later ones counting more. Recall: the highest such threshold; precision: the lowest.
 *
 * <p>Thresholds lie on {@value ScoreHistogram#BINS} steps of the probability's logit. Without a row
 * of the class it is 0.5. A function of the rows alone. Not thread-safe.
 */
public final class Threshold implements Stateful {
  /** Name of the tensor that a state of a threshold has. */
  public static final String WEIGHTS = "threshold.weights";

  private static final double FADING = 1 - 1.0 / 16384;
  private static final double MAX_GROWTH = 1e60;
  private static final double LEAST = 1e-100;

  private final boolean recall;
  private final double target;

  /** Weights of the class's own rows by bin, then of the others. */
  private final double[] weights = new double[2 * ScoreHistogram.BINS];

  private double growth = 1;

  /**
   * @param recall whether the target is one of recall, else of precision
   * @param target above 0 and at most 1
   */
  public Threshold(boolean recall, double target) {
    this.recall = recall;
    this.target = target;
  }

  /** Takes a row in, once it has been decided. */
  public void add(boolean own, double weight, double probability) {
    growth /= FADING;
    if (growth > MAX_GROWTH) {
      bringBack(0);
      bringBack(ScoreHistogram.BINS);
      growth = 1;
    }
    weights[(own ? 0 : ScoreHistogram.BINS) + bin(probability)] += weight * growth;
  }

  /**
   * No further than to a weight that is nothing beside others': what was learnt of a class stays.
   */
  private void bringBack(int from) {
    double sum = 0;
    for (int i = from; i < from + ScoreHistogram.BINS; i++) {
      sum += weights[i];
    }
    double divisor = sum > 0 ? Math.max(1, Math.min(growth, sum / LEAST)) : 1;
    for (int i = from; i < from + ScoreHistogram.BINS; i++) {
      weights[i] /= divisor;
    }
  }

  /** The lowest probability that is decided for, as of the rows taken in so far. */
  public double value() {
    double own = 0;
    // In the order of the sum below: rounded otherwise, a recall of 1 would never be met.
    for (int bin = ScoreHistogram.BINS - 1; bin >= 0; bin--) {
      own += weights[bin];
    }
    if (!(own > 0)) {
      return 0.5;
    }
    double hits = 0;
    double others = 0;
    int lowest = ScoreHistogram.BINS - 1;
    for (int bin = ScoreHistogram.BINS - 1; bin >= 0; bin--) {
      hits += weights[bin];
      others += weights[ScoreHistogram.BINS + bin];
      if (recall && hits >= target * own) {
        return probability(bin);
      }
      if (!recall && hits > 0 && hits >= target * (hits + others)) {
        lowest = bin;
      }
    }
    return probability(recall ? 0 : lowest);
  }

  @Override
  public void declare(State state) {
    state
        .doubles(WEIGHTS, weights, 2, ScoreHistogram.BINS)
        .number("threshold.growth", () -> growth, saved -> growth = saved)
        .notNegative(WEIGHTS, "threshold.growth");
  }

  private static int bin(double probability) {
    return ScoreHistogram.bin(StrictMath.log(probability) - StrictMath.log1p(-probability));
  }

  /** The lower edge of a bin. */
  private static double probability(int bin) {
    return 1 / (1 + StrictMath.exp(-ScoreHistogram.edge(bin)));
  }
}
