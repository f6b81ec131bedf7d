package dev.counterweight.sampling;

import dev.counterweight.evaluation.Interval;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * 95 % intervals of what the whole stream says of a class's decisions and ranking, from a slice of
 * it. A row stands for 1/e events, and one wrong row of a common class can outweigh every row of a
 * rare one: most slices have no such row, and a bootstrap of those never makes one. These intervals
 * know of rows not seen.
 *
 * <p>All four metrics are functions of rates within the rows of each true class: the share decided
 * for c, or ranked at least as high as a row of c. Each rate has Wilson's interval, corrected where
 * three rows or fewer are on one side (Brown, Cai and DasGupta 2001); a class evaluated whole has
 * no error. The deviations that the classes' limits cause are added in squares (Newcombe 1998; Zou
 * and Donner 2008); for the average precision, which bends too much for that, all rates are at
 * their limits at once.
 */
final class SliceIntervals {
  /** Half the 5 % quantile of chi-squared with 2 x degrees of freedom, x = 1, 2, 3. */
  private static final double[] FEW = {0.05129, 0.35536, 0.81769};

  private final int classes;
  private final double[] shares;
  private final int[] labels;
  private final int[] decisions;
  private final double[][] served;
  private final int[] rows;
  private final double[] weight;

  /**
   * @param shares e_c by which the rows were chosen
   * @param served K probabilities of each row
   */
  SliceIntervals(double[] shares, int[] labels, int[] decisions, double[][] served) {
    this.classes = shares.length;
    this.shares = shares;
    this.labels = labels;
    this.decisions = decisions;
    this.served = served;
    this.rows = new int[classes];
    Arrays.stream(labels).forEach(label -> rows[label]++);
    this.weight = new double[classes];
    Arrays.setAll(weight, k -> rows[k] / shares[k]);
  }

  /** The intervals of precision, f1, roc and pr of a class by name; absent where undefined. */
  Map<String, Interval> of(int c) {
    Map<String, Interval> all = new TreeMap<>();
    if (rows[c] == 0) {
      return all;
    }
    double[] decided = decidedFor(c);
    if (dot(decided) > 0) {
      all.put("precision " + c, inSquares(decided, r -> weight[c] * r[c] / dot(r)));
    }
    all.put("f1 " + c, inSquares(decided, r -> 2 * weight[c] * r[c] / (weight[c] + dot(r))));
    ranking(c, all);
    return all;
  }

  private void ranking(int c, Map<String, Interval> all) {
    double[] own = scores(c, c);
    double[][] atLeast = new double[classes][];
    double[] outranking = new double[classes];
    for (int k = 0; k < classes; k++) {
      atLeast[k] = new double[own.length];
      if (k != c && rows[k] > 0) {
        double[] others = scores(k, c);
        for (int i = 0; i < own.length; i++) {
          atLeast[k][i] = above(others, own[i], true);
          outranking[k] += (atLeast[k][i] + above(others, own[i], false)) / 2 / own.length;
        }
      }
    }
    double others = Arrays.stream(weight).sum() - weight[c];
    all.put("roc " + c, inSquares(outranking, r -> 1 - (dot(r) - weight[c] * r[c]) / others));
    all.put("pr " + c, precision(c, own, atLeast));
  }

  /** Average precision with the rates as they are, and all at their limits. */
  private Interval precision(int c, double[] own, double[][] atLeast) {
    double seen = averagePrecision(c, own, atLeast);
    double[][] low = new double[classes][];
    double[][] high = new double[classes][];
    for (int k = 0; k < classes; k++) {
      int stratum = k;
      low[k] = Arrays.stream(atLeast[k]).map(r -> limits(stratum, r).low()).toArray();
      high[k] = Arrays.stream(atLeast[k]).map(r -> limits(stratum, r).high()).toArray();
    }
    double below = seen - averagePrecision(c, own, high);
    double over = averagePrecision(c, own, low) - seen;
    Interval ranked = limits(c, seen);
    return new Interval(
        seen - Math.hypot(below, seen - ranked.low()),
        seen + Math.hypot(over, ranked.high() - seen));
  }

  private double averagePrecision(int c, double[] own, double[][] atLeast) {
    double sum = 0;
    for (int i = 0; i < own.length; i++) {
      double hits = above(own, own[i], true) * weight[c];
      double wrong = 0;
      for (int k = 0; k < classes; k++) {
        wrong += k == c ? 0 : weight[k] * atLeast[k][i];
      }
      sum += hits / (hits + wrong);
    }
    return sum / own.length;
  }

  private Interval inSquares(double[] rates, ToDoubleFunction<double[]> metric) {
    double seen = metric.applyAsDouble(rates);
    double below = 0;
    double over = 0;
    for (int k = 0; k < classes; k++) {
      Interval limits = limits(k, rates[k]);
      for (double limit : new double[] {limits.low(), limits.high()}) {
        double[] moved = rates.clone();
        moved[k] = limit;
        double change = metric.applyAsDouble(moved) - seen;
        below += change < 0 ? change * change : 0;
        over += change > 0 ? change * change : 0;
      }
    }
    return new Interval(seen - Math.sqrt(below), seen + Math.sqrt(over));
  }

  /** Of a rate within the rows of class k. */
  private Interval limits(int k, double rate) {
    if (rows[k] == 0 || shares[k] >= 1) {
      return new Interval(rate, rate);
    }
    Interval wilson = Interval.wilson(rate, rows[k]);
    double low = wilson.low();
    double high = wilson.high();
    for (int few = 1; few <= FEW.length; few++) {
      low = Math.abs(rate * rows[k] - few) < 0.5 ? FEW[few - 1] / rows[k] : low;
      high = Math.abs((1 - rate) * rows[k] - few) < 0.5 ? 1 - FEW[few - 1] / rows[k] : high;
    }
    return new Interval(low, high);
  }

  private double[] decidedFor(int c) {
    double[] rates = new double[classes];
    for (int i = 0; i < labels.length; i++) {
      rates[labels[i]] += decisions[i] == c ? 1.0 / rows[labels[i]] : 0;
    }
    return rates;
  }

  /** Probabilities of class c of the rows of class k, rising. */
  private double[] scores(int k, int c) {
    double[] scores = new double[rows[k]];
    int n = 0;
    for (int i = 0; i < labels.length; i++) {
      if (labels[i] == k) {
        scores[n++] = served[i][c];
      }
    }
    Arrays.sort(scores);
    return scores;
  }

  /** Share of rising scores above a score, or at it too. */
  private static double above(double[] rising, double score, boolean orEqual) {
    int low = 0;
    int high = rising.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (rising[middle] < score || (!orEqual && rising[middle] == score)) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return (rising.length - low) / (double) rising.length;
  }

  private double dot(double[] rates) {
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += weight[k] * rates[k];
    }
    return sum;
  }
}
