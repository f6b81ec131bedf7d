package dev.counterweight.evaluation;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.List;

/**
 * Sums over scored rows, in the order in which they came; of a factor below 1, every later row
 * makes a row count less by it (Gama, Sebastião and Rodrigues 2013): such sums follow a stream
 * smoothly and need no rows kept.
 *
 * <p>Rather than all sums shrinking with every row, the rows grow; what metrics are, ratios, does
 * not change by it. Before the growth overflows everything is brought back to where it began, but
 * no class below a weight that is nothing beside the others': however long ago its last row came,
 * its recall stays what it was.
 */
final class Totals implements Stateful {
  private static final double MAX_GROWTH = 1e60;

  /** Its square, and shares of that, are still numbers. */
  private static final double LEAST = 1e-100;

  private final int classes;
  private final double factor;
  private final Confusion confusion;
  private final Calibration calibration;
  private double weightedLoss;
  private double growth = 1;

  /**
   * @param factor what a row counts for once another came: above 0, and 1 where all count alike
   */
  Totals(int classes, double factor) {
    this.classes = classes;
    this.factor = factor;
    this.confusion = new Confusion(classes);
    this.calibration = new Calibration(classes);
  }

  void add(int label, int prediction, double rowWeight, double loss, double[] served) {
    growth /= factor;
    if (growth > MAX_GROWTH) {
      scale(1 / growth);
      growth = 1;
    }
    double weight = rowWeight * growth;
    confusion.cells()[label * classes + prediction] += weight;
    confusion.rows()[label]++;
    confusion.squaredWeights()[label] += weight * weight;
    weightedLoss += weight * loss;
    calibration.add(label, weight, served);
  }

  /**
   * Multiplies every sum, but none of a class whose weight would fall below {@link #LEAST}; rows
   * stay as counted.
   */
  private void scale(double by) {
    for (int c = 0; c < classes; c++) {
      double weight = confusion.actual(c);
      double own = weight > 0 ? Math.min(1, Math.max(by, LEAST / weight)) : 1;
      for (int j = 0; j < classes; j++) {
        confusion.cells()[c * classes + j] *= own;
      }
      confusion.squaredWeights()[c] *= own * own;
    }
    double[] bins = calibration.sums();
    for (int i = 0; i < bins.length; i++) {
      bins[i] *= by;
    }
    weightedLoss *= by;
  }

  @Override
  public void declare(State state) {
    state
        .doubles("confusion", confusion.cells(), classes, classes)
        .doubles("calibration", calibration.sums())
        .number("loss", () -> weightedLoss, saved -> weightedLoss = saved)
        .longs("rows", confusion.rows())
        .doubles("squared_weights", confusion.squaredWeights())
        .notNegative("calibration", "confusion", "loss", "rows", "squared_weights");
    if (factor < 1) {
      state.number("growth", () -> growth, saved -> growth = saved).notNegative("growth");
    }
  }

  Metrics metrics(List<Ranking> served, List<Ranking> raw) {
    return new Metrics(confusion.copy(), calibration.copy(), weightedLoss, served, raw);
  }
}
