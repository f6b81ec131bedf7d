package dev.counterweight.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.From;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Areas against those worked out pair by pair and row by row, from logits. */
class AreasTest {
  /** Of sums in another order. */
  private static final double ROUNDING = 1e-9;

  /**
   * Scored rows of two classes.
   *
   * @param logits of class 1; whole multiples of 1e-5, so that unequal ones stay apart in float32
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Rows(int[] labels, double[] logits, double[] weights) {

    void addTo(Prequential evaluation) {
      for (int i = 0; i < labels.length; i++) {
        // Of one class each way: raw and served areas must not be mixed up.
        evaluation.add(labels[i], 0, weights[i], both(-logits[i] / 2), both(logits[i]));
      }
    }

    private static double[] both(double logit) {
      return new double[] {1 / (1 + Math.exp(logit)), 1 / (1 + Math.exp(-logit))};
    }

    boolean has(int c) {
      return Arrays.stream(labels).anyMatch(label -> label == c);
    }

    /** Share of the pairs of an own and another row that are ranked right; ties half. */
    double roc(int c, double sign) {
      double right = 0;
      double all = 0;
      for (int i = 0; i < labels.length; i++) {
        for (int j = 0; j < labels.length; j++) {
          if (labels[i] == c && labels[j] != c) {
            double apart = sign * (logits[i] - logits[j]);
            right += weights[i] * weights[j] * (apart > 0 ? 1 : apart == 0 ? 0.5 : 0);
            all += weights[i] * weights[j];
          }
        }
      }
      return right / all;
    }

    /** Mean, over the class's rows, of the precision of deciding for all scored as high. */
    double precision(int c, double sign) {
      double sum = 0;
      double own = 0;
      for (int i = 0; i < labels.length; i++) {
        double hits = 0;
        double decided = 0;
        for (int j = 0; labels[i] == c && j < labels.length; j++) {
          boolean asHigh = sign * (logits[j] - logits[i]) >= 0;
          hits += asHigh && labels[j] == c ? weights[j] : 0;
          decided += asHigh ? weights[j] : 0;
        }
        sum += labels[i] == c ? weights[i] * hits / decided : 0;
        own += labels[i] == c ? weights[i] : 0;
      }
      return sum / own;
    }
  }

  /**
   * Balanced to one row in hundreds; crammed into a bin to beyond all bins; with and without ties.
   */
  @Provide
  Arbitrary<Rows> rows() {
    return Combinators.combine(
            Arbitraries.integers().between(2, 300),
            Arbitraries.of(0.5, 0.05, 0.004),
            Arbitraries.of(0.002, 0.1, 3.0, 60.0),
            Arbitraries.of(4, 100_000),
            Arbitraries.of(-20.0, -3.0, 0.0, 8.0),
            Arbitraries.longs())
        .as(AreasTest::rows);
  }

  private static Rows rows(
      int n, double share, double spread, int levels, double centre, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Rows rows = new Rows(new int[n], new double[n], new double[n]);
    for (int i = 0; i < n; i++) {
      rows.labels[i] = i == 0 || random.nextDouble() < share ? 1 : 0;
      double level = random.nextInt(levels + 1) / (double) levels + 0.3 * rows.labels[i];
      rows.logits[i] = Math.rint(1e5 * (centre + spread * (level - 0.5))) / 1e5;
      rows.weights[i] = 1 + random.nextInt(20) / (rows.labels[i] == 1 ? 10.0 : 1);
    }
    return rows;
  }

  @Property(tries = 300)
  void areExactAsLongAsTheWindowHasEveryRow(@ForAll @From("rows") Rows rows) {
    Prequential evaluation = new Prequential(2, 300);
    rows.addTo(evaluation);
    for (Metrics metrics : new Metrics[] {evaluation.sinceStart(), evaluation.recent()}) {
      for (int c = 0; c < 2; c++) {
        if (rows.has(0)) {
          double sign = c == 1 ? 1 : -1;
          near(metrics.served().get(c).rocAuc().orElseThrow(), rows.roc(c, sign), ROUNDING);
          near(metrics.raw().get(c).rocAuc().orElseThrow(), rows.roc(c, -sign), ROUNDING);
          assertThat(metrics.served().get(c).rocError()).hasValue(0);
          assertThat(metrics.raw().get(c).rocError()).hasValue(0);
        }
        if (rows.has(0)) {
          double sign = c == 1 ? 1 : -1;
          near(
              metrics.served().get(c).averagePrecision().orElseThrow(),
              rows.precision(c, sign),
              ROUNDING);
          near(
              metrics.raw().get(c).averagePrecision().orElseThrow(),
              rows.precision(c, -sign),
              ROUNDING);
          assertThat(metrics.served().get(c).precisionError()).hasValue(0);
          assertThat(metrics.raw().get(c).precisionError()).hasValue(0);
        }
      }
    }
  }

  @Property(tries = 600)
  void stayWithinTheirBoundBeyondTheWindow(@ForAll @From("rows") Rows rows) {
    Prequential evaluation = new Prequential(2, 1);
    rows.addTo(evaluation);
    Metrics metrics = evaluation.sinceStart();
    for (int c = 0; c < 2; c++) {
      double sign = c == 1 ? 1 : -1;
      if (rows.has(0)) {
        near(
            metrics.served().get(c).rocAuc().orElseThrow(),
            rows.roc(c, sign),
            metrics.served().get(c).rocError().orElseThrow());
        near(
            metrics.raw().get(c).rocAuc().orElseThrow(),
            rows.roc(c, -sign),
            metrics.raw().get(c).rocError().orElseThrow());
        assertThat(metrics.served().get(c).rocError().orElseThrow()).isBetween(0.0, 0.5 + 1e-12);
      }
      if (rows.has(0)) {
        near(
            metrics.served().get(c).averagePrecision().orElseThrow(),
            rows.precision(c, sign),
            metrics.served().get(c).precisionError().orElseThrow());
        near(
            metrics.raw().get(c).averagePrecision().orElseThrow(),
            rows.precision(c, -sign),
            metrics.raw().get(c).precisionError().orElseThrow());
        assertThat(metrics.served().get(c).precisionError().orElseThrow())
            .isBetween(0.0, 1 + 1e-12);
      }
    }
  }

  /** Scores a thousand to a bin: the bound is of use, and the error far below it. */
  @Example
  void theBoundIsNarrowOnAStream() {
    Rows rows = rows(5000, 0.02, 12, 100_000, -3, 5);
    Prequential evaluation = new Prequential(2, 1);
    rows.addTo(evaluation);
    Metrics metrics = evaluation.sinceStart();

    System.out.printf(
        "MEASURED roc off %.1e, bound %.1e; pr off %.1e, bound %.1e%n",
        Math.abs(metrics.served().get(1).rocAuc().orElseThrow() - rows.roc(1, 1)),
        metrics.served().get(1).rocError().orElseThrow(),
        Math.abs(metrics.served().get(1).averagePrecision().orElseThrow() - rows.precision(1, 1)),
        metrics.served().get(1).precisionError().orElseThrow());
    assertThat(metrics.served().get(1).rocError().orElseThrow()).isBetween(1e-5, 2e-3);
    assertThat(metrics.served().get(1).precisionError().orElseThrow()).isBetween(1e-5, 3e-2);
  }

  /** Of releases whose window had served scores alone. */
  @Example
  void aStateWithoutScoresOfTheWindowGoesOnWithAnEmptyOne() {
    Prequential before = new Prequential(2, 50);
    rows(20, 0.5, 0.002, 100, 0, 1).addTo(before);
    SortedMap<String, Tensor> old = new TreeMap<>(before.state());
    old.remove("evaluation.window.scores.raw");
    old.remove("evaluation.window.scores.served");
    old.put("evaluation.window.scores", new Tensor.F32(new float[40], 20, 2));
    Prequential after = new Prequential(2, 50);

    after.restore(old);
    assertThat(after.sinceStart().confusion().scored()).isEqualTo(20);
    assertThat(after.recent().confusion().scored()).isZero();
    assertThat(after.sinceStart().served().get(1).rocAuc()).isPresent();
    assertThat(after.sinceStart().served().get(1).rocError().orElseThrow()).isPositive();

    Rows later = rows(7, 0.5, 3, 1000, 0, 2);
    later.addTo(after);
    Prequential again = new Prequential(2, 50);
    again.restore(after.state());
    assertThat(again.recent().confusion().scored()).isEqualTo(7);
    near(again.recent().served().get(1).rocAuc().orElseThrow(), later.roc(1, 1), ROUNDING);
  }

  private static void near(double found, double expected, double bound) {
    assertThat(found).isCloseTo(expected, within(bound + ROUNDING));
  }
}
