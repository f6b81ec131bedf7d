package dev.counterweight.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * How far served probabilities are from frequencies, in {@link #BINS} bins of equal width: of the
 * largest probability of each row (top-label), and of every class's probability (Guo et al. 2017;
 * Kull et al. 2019). Exact since the start, as the bins are the definition.
 */
public final class Calibration {
  /** Bins of a diagram. */
  public static final int BINS = 15;

  /**
   * A bar of a reliability diagram: the rows whose largest served probability lies above {@code
   * lower} and is at most {@code upper}.
   *
   * @param weight weight of those rows, above 0
   * @param confidence their mean largest probability
   * @param accuracy share of them of the class of that probability
   */
  public record Bar(
      double lower, double upper, double weight, double confidence, double accuracy) {}

  /** Numbers a bin: weight, weight x probability, weight of the rows that are of the class. */
  private static final int SUMS = 3;

  private final int classes;

  /** Diagram d's bin b at (d BINS + b) SUMS; diagram 0 is top-label, 1 + c is of class c. */
  private final double[] sums;

  Calibration(int classes) {
    this(classes, new double[(1 + classes) * BINS * SUMS]);
  }

  private Calibration(int classes, double[] sums) {
    this.classes = classes;
    this.sums = sums;
  }

  /** Of the largest probability alone. */
  public static Calibration topLabel() {
    return new Calibration(0);
  }

  Calibration copy() {
    return new Calibration(classes, sums.clone());
  }

  /**
   * Takes one row.
   *
   * @param served K probabilities, which sum to 1
   */
  public void add(int label, double weight, double[] served) {
    int top = 0;
    for (int c = 0; c < served.length; c++) {
      top = served[c] > served[top] ? c : top;
    }
    for (int c = 0; c < classes; c++) {
      add(1 + c, served[c], c == label, weight);
    }
    add(0, served[top], top == label, weight);
  }

  /** Expected calibration error of the largest probability; empty without rows. */
  public OptionalDouble ece() {
    return error(0);
  }

  /** Expected calibration error of the probability of class {@code c}; empty without rows. */
  public OptionalDouble ece(int c) {
    return error(1 + c);
  }

  /** The bars of the top-label diagram that have rows, from the lowest. */
  public List<Bar> reliability() {
    List<Bar> bars = new ArrayList<>();
    for (int bin = 0; bin < BINS; bin++) {
      int at = bin * SUMS;
      if (sums[at] > 0) {
        bars.add(
            new Bar(
                (double) bin / BINS,
                (bin + 1.0) / BINS,
                sums[at],
                sums[at + 1] / sums[at],
                sums[at + 2] / sums[at]));
      }
    }
    return bars;
  }

  /** The sums, in a row; shared with this calibration. */
  double[] sums() {
    return sums;
  }

  private void add(int diagram, double probability, boolean hit, double weight) {
    int bin = (int) Math.max(0, Math.min(BINS - 1, Math.ceil(probability * BINS) - 1));
    int at = (diagram * BINS + bin) * SUMS;
    sums[at] += weight;
    sums[at + 1] += weight * probability;
    sums[at + 2] += hit ? weight : 0;
  }

  private OptionalDouble error(int diagram) {
    double weight = 0;
    double gap = 0;
    for (int bin = 0; bin < BINS; bin++) {
      int at = (diagram * BINS + bin) * SUMS;
      weight += sums[at];
      gap += Math.abs(sums[at + 1] - sums[at + 2]);
    }
    return weight > 0 ? OptionalDouble.of(gap / weight) : OptionalDouble.empty();
  }
}
