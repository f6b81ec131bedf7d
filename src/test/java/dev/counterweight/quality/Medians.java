package dev.counterweight.quality;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;

/** The middle of what several seeds came to. */
final class Medians {
  private Medians() {}

  /** A figure's; NaN where no run has it. */
  static double of(List<QualityRun> runs, String figure) {
    return of(values(runs, figure));
  }

  /** A figure of those runs that have it. */
  static double[] values(List<QualityRun> runs, String figure) {
    return runs.stream()
        .map(run -> run.figure(figure))
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .toArray();
  }

  /** NaN of nothing. */
  static double of(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }
}
