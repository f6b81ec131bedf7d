package dev.counterweight.evaluation;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.function.IntFunction;

/**
 * Areas under the one-versus-rest curves of every class, and how far each may be from that of the
 * scores themselves; NaN where undefined.
 */
@SuppressWarnings("ArrayRecordComponent")
record Areas(double[] roc, double[] pr, double[] rocError, double[] prError) {

  /** Of the curve that {@code curve} gives for each class. */
  static Areas of(int classes, IntFunction<RankingCurve> curve) {
    Areas all = none(classes);
    for (int c = 0; c < classes; c++) {
      RankingCurve one = curve.apply(c);
      all.roc[c] = one.rocAuc().orElse(Double.NaN);
      all.pr[c] = one.averagePrecision().orElse(Double.NaN);
      all.rocError[c] = one.rocError().orElse(Double.NaN);
      all.prError[c] = one.precisionError().orElse(Double.NaN);
    }
    return all;
  }

  /** Of nothing: every area undefined. */
  static Areas none(int classes) {
    return new Areas(
        undefined(classes), undefined(classes), undefined(classes), undefined(classes));
  }

  OptionalDouble rocAuc(int c) {
    return present(roc[c]);
  }

  OptionalDouble prAuc(int c) {
    return present(pr[c]);
  }

  /** The most that {@link #rocAuc} is off; 0 of an exact one. */
  OptionalDouble rocAucError(int c) {
    return present(rocError[c]);
  }

  /** The most that {@link #prAuc} is off; 0 of an exact one. */
  OptionalDouble prAucError(int c) {
    return present(prError[c]);
  }

  private static double[] undefined(int classes) {
    double[] undefined = new double[classes];
    Arrays.fill(undefined, Double.NaN);
    return undefined;
  }

  private static OptionalDouble present(double value) {
    return Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
