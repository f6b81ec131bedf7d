package dev.counterweight.weights;

import java.util.Map;
import java.util.TreeMap;

/**
 * A formula and the cap on what it gives: w = min(w, ratio x smallest w). Immutable and
 * thread-safe.
 *
 * @param maxRatio the largest over the smallest weight allowed, at least 1; classes of weight 0 are
 *     left out of the smallest
 */
public record Weighting(WeightFormula formula, double maxRatio) {
  public Weighting {
    if (!(maxRatio >= 1)) {
      throw new IllegalArgumentException(
          "weights.max.ratio=" + maxRatio + ": it must be at least 1");
    }
  }

  /**
   * The capped weights of these counts.
   *
   * @param counts K counts, finite and at least 0
   * @return K weights in a new array
   */
  public double[] of(double[] counts) {
    double[] weights = formula.weights(counts);
    double smallest = Double.POSITIVE_INFINITY;
    for (double weight : weights) {
      if (weight > 0) {
        smallest = Math.min(smallest, weight);
      }
    }
    double cap = maxRatio * smallest;
    for (int c = 0; c < weights.length; c++) {
      weights[c] = Math.min(weights[c], cap);
    }
    return weights;
  }

  /** The formula's parameters and the cap, by configuration key. */
  public Map<String, Double> parameters() {
    Map<String, Double> all = new TreeMap<>(formula.parameters());
    all.put("weights.max.ratio", maxRatio);
    return all;
  }
}
