package dev.counterweight.evaluation;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.function.IntFunction;

/** Areas under the one-versus-rest curves of every class; NaN where undefined. */
record Areas(double[] roc, double[] pr) {

  /** Of the curve that {@code curve} gives for each class. */
  static Areas of(int classes, IntFunction<RankingCurve> curve) {
    double[] roc = new double[classes];
    double[] pr = new double[classes];
    for (int c = 0; c < classes; c++) {
      RankingCurve one = curve.apply(c);
      roc[c] = one.rocAuc().orElse(Double.NaN);
      pr[c] = one.averagePrecision().orElse(Double.NaN);
    }
    return new Areas(roc, pr);
  }

  /** Of nothing: every area undefined. */
  static Areas none(int classes) {
    double[] undefined = new double[classes];
    Arrays.fill(undefined, Double.NaN);
    return new Areas(undefined, undefined);
  }

  OptionalDouble rocAuc(int c) {
    return present(roc[c]);
  }

  OptionalDouble prAuc(int c) {
    return present(pr[c]);
  }

  private static OptionalDouble present(double value) {
    return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
