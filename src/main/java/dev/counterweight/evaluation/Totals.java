package dev.counterweight.evaluation;

import dev.counterweight.tensor.StateReader;
import dev.counterweight.tensor.Tensor;
import java.util.SortedMap;

/** Sums over scored rows, in the order in which they came. */
final class Totals {
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

  void putState(SortedMap<String, Tensor> state, String prefix) {
    double[] bins = calibration.sums();
    int classes = rows.length;
    state.put(prefix + "calibration", new Tensor.F64(bins.clone(), bins.length));
    state.put(prefix + "confusion", new Tensor.F64(confusion.clone(), classes, classes));
    state.put(prefix + "loss", new Tensor.F64(new double[] {weightedLoss}, 1));
    state.put(prefix + "rows", new Tensor.I64(rows.clone(), classes));
    state.put(prefix + "squared_weights", new Tensor.F64(squaredWeights.clone(), classes));
  }

  void restore(StateReader reader, String name) {
    reader.into(name + "confusion", confusion);
    reader.into(name + "calibration", calibration.sums());
    reader.into(name + "squared_weights", squaredWeights);
    weightedLoss = reader.doubles(name + "loss", 1)[0];
    System.arraycopy(reader.longs(name + "rows", rows.length), 0, rows, 0, rows.length);
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
