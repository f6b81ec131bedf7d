package dev.counterweight.evaluation;

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
