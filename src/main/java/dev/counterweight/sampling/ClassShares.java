package dev.counterweight.sampling;

/**
 * Each class's share of the rows of the newest records: a record's rows count half as much once
 * {@value #HALF_LIFE_RECORDS} more have come. Written by one thread, read by any.
 */
final class ClassShares {
  private static final int HALF_LIFE_RECORDS = 64;
  private static final double KEPT = Math.pow(0.5, 1.0 / HALF_LIFE_RECORDS);

  private final double[] counts;
  private volatile double[] shares;

  ClassShares(int classes) {
    this.counts = new double[classes];
    this.shares = unknown(classes);
  }

  /** Takes in the labels of one record. */
  void add(long[] labels) {
    double total = 0;
    for (int c = 0; c < counts.length; c++) {
      counts[c] *= KEPT;
    }
    for (long label : labels) {
      counts[(int) label]++;
    }
    for (double count : counts) {
      total += count;
    }
    double[] next = unknown(counts.length);
    for (int c = 0; total > 0 && c < next.length; c++) {
      next[c] = counts[c] / total;
    }
    shares = next;
  }

  /** From 0 to 1; NaN before the first row. */
  double share(int label) {
    return shares[label];
  }

  private static double[] unknown(int classes) {
    double[] shares = new double[classes];
    java.util.Arrays.fill(shares, Double.NaN);
    return shares;
  }
}
