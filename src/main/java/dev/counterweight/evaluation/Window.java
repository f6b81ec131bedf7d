package dev.counterweight.evaluation;

import java.util.Arrays;

/** The newest scored rows; row i stands at i mod their number. Served scores in float32. */
final class Window {
  final int[] labels;
  final int[] predictions;
  final double[] weights;
  final double[] losses;
  final float[] served;
  private final int classes;

  Window(int classes, int rows) {
    this.classes = classes;
    this.labels = new int[rows];
    this.predictions = new int[rows];
    this.weights = new double[rows];
    this.losses = new double[rows];
    this.served = new float[rows * classes];
  }

  int capacity() {
    return labels.length;
  }

  /** First of the rows kept, once {@code scored} rows came. */
  long oldest(long scored) {
    return Math.max(0, scored - labels.length);
  }

  int slot(long row) {
    return (int) (row % labels.length);
  }

  void put(long row, int label, int prediction, double weight, double loss, double[] scores) {
    int slot = slot(row);
    labels[slot] = label;
    predictions[slot] = prediction;
    weights[slot] = weight;
    losses[slot] = loss;
    for (int c = 0; c < classes; c++) {
      served[slot * classes + c] = (float) scores[c];
    }
  }

  /** Metrics of the rows kept; areas are exact, of the served scores alone. */
  Metrics metrics(long scored) {
    Totals totals = new Totals(classes);
    double[] scores = new double[classes];
    for (long row = oldest(scored); row < scored; row++) {
      int slot = slot(row);
      for (int c = 0; c < classes; c++) {
        scores[c] = served[slot * classes + c];
      }
      totals.add(labels[slot], predictions[slot], weights[slot], losses[slot], scores);
    }
    return totals.metrics(Areas.none(classes), Areas.of(classes, c -> curve(c, scored)));
  }

  private RankingCurve curve(int c, long scored) {
    // The bits of a float that is not negative order as the float does; ties keep the rows' order.
    long oldest = oldest(scored);
    int rows = (int) (scored - oldest);
    long[] ranked = new long[rows];
    for (int i = 0; i < rows; i++) {
      int score = Float.floatToIntBits(served[slot(oldest + i) * classes + c]);
      ranked[i] = (long) score << 32 | i;
    }
    Arrays.sort(ranked);
    RankingCurve curve = new RankingCurve();
    for (int i = rows - 1; i >= 0; ) {
      long score = ranked[i] >> 32;
      double positive = 0;
      double negative = 0;
      for (; i >= 0 && ranked[i] >> 32 == score; i--) {
        int slot = slot(oldest + (int) ranked[i]);
        positive += labels[slot] == c ? weights[slot] : 0;
        negative += labels[slot] == c ? 0 : weights[slot];
      }
      curve.group(positive, negative);
    }
    return curve;
  }
}
