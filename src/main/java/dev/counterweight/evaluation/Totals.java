package dev.counterweight.evaluation;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;

/** Sums over scored rows, in the order in which they came. */
final class Totals implements Stateful {
  final double[] confusion;
  final long[] rows;

  /** Sum of w^2 of each class's rows. */
  final double[] squaredWeights;

  final Calibration calibration;
  double weightedLoss;

  Totals(int classes) {
    this.confusion = new double[classes * classes];
    this.rows = new long[classes];
    this.squaredWeights = new double[classes];
    this.calibration = new Calibration(classes);
  }

  void add(int label, int prediction, double weight, double loss, double[] served) {
    confusion[label * rows.length + prediction] += weight;
    rows[label]++;
    squaredWeights[label] += weight * weight;
    weightedLoss += weight * loss;
    calibration.add(label, weight, served);
  }

  /**
   * Multiplies every sum, but none of a class whose weight would fall below {@code least}; rows
   * stay as counted.
   */
  void scale(double factor, double least) {
    int classes = rows.length;
    for (int c = 0; c < classes; c++) {
      double weight = 0;
      for (int j = 0; j < classes; j++) {
        weight += confusion[c * classes + j];
      }
      double own = weight > 0 ? Math.min(1, Math.max(factor, least / weight)) : 1;
      for (int j = 0; j < classes; j++) {
        confusion[c * classes + j] *= own;
      }
      squaredWeights[c] *= own * own;
    }
    double[] bins = calibration.sums();
    for (int i = 0; i < bins.length; i++) {
      bins[i] *= factor;
    }
    weightedLoss *= factor;
  }

  @Override
  public void declare(State state) {
    state
        .doubles("confusion", confusion, rows.length, rows.length)
        .doubles("calibration", calibration.sums())
        .number("loss", () -> weightedLoss, saved -> weightedLoss = saved)
        .longs("rows", rows)
        .doubles("squared_weights", squaredWeights)
        .notNegative("calibration", "confusion", "loss", "rows", "squared_weights");
  }

  Metrics metrics(Areas raw, Areas served) {
    return new Metrics(
        confusion.clone(),
        rows.clone(),
        squaredWeights.clone(),
        weightedLoss,
        calibration.copy(),
        raw,
        served);
  }
}
