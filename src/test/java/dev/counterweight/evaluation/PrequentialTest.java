package dev.counterweight.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PrequentialTest {

  @Test
  void undefinedIsAbsent() {
    Metrics none = new Prequential(3).sinceStart();
    assertThat(none.confusion().gmean()).isEmpty();
    assertThat(none.confusion().balancedAccuracy()).isEmpty();
    assertThat(none.confusion().accuracy()).isEmpty();
    assertThat(none.confusion().mcc()).isEmpty();
    assertThat(none.confusion().kappa()).isEmpty();
    assertThat(none.logLoss()).isEmpty();
    assertThat(none.confusion().effectiveRows()).isEmpty();
    assertThat(none.confusion().recall(0)).isEmpty();
    assertThat(NamedMetrics.of(none, List.of("a", "b", "c")).toMap())
        .containsOnlyKeys(
            "gmean_classes",
            "recall",
            "precision",
            "f1",
            "false_alarms",
            "confusion",
            "class_ece",
            "pr_auc",
            "roc_auc",
            "raw_pr_auc",
            "raw_roc_auc",
            "recall_interval",
            "reliability",
            "evaluated")
        .containsEntry("pr_auc", Map.of())
        .containsEntry("gmean_classes", 0)
        .containsEntry("recall", Map.of())
        .containsEntry("evaluated", Map.of("a", 0L, "b", 0L, "c", 0L));
  }

  @Test
  void oneClassOnlyHasNeitherMccNorKappa() {
    Prequential evaluation = new Prequential(2);
    add(evaluation, 0, 0, 2, 0.1);
    add(evaluation, 0, 0, 1, 0.4);
    Metrics metrics = evaluation.sinceStart();
    assertThat(metrics.confusion().mcc()).isEmpty();
    assertThat(metrics.confusion().kappa()).isEmpty();
    assertThat(metrics.confusion().gmean()).hasValue(1);
    assertThat(metrics.confusion().evaluated()).isEqualTo(1);
    assertThat(metrics.confusion().precision(1)).isEmpty();
    assertThat(metrics.logLoss().orElseThrow()).isCloseTo(0.2, within(1e-15));
    assertThat(metrics.confusion().effectiveRows().orElseThrow()).isCloseTo(9.0 / 5, within(1e-15));
  }

  @Test
  void gmeanIsZeroWhenARecallIsZero() {
    Prequential evaluation = new Prequential(3);
    add(evaluation, 0, 0, 1, 0);
    add(evaluation, 1, 0, 1, 0);
    assertThat(evaluation.sinceStart().confusion().gmean()).hasValue(0);
    assertThat(evaluation.sinceStart().confusion().balancedAccuracy()).hasValue(0.5);
  }

  @Test
  void aSureErrorIsCappedAndNoNumberIsRefused() {
    Prequential evaluation = new Prequential(2);
    add(evaluation, 0, 1, 1, Double.POSITIVE_INFINITY);
    assertThat(evaluation.sinceStart().logLoss()).hasValue(Prequential.MAX_LOSS);
    assertThatThrownBy(() -> add(evaluation, 0, 1, 1, Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> add(evaluation, 2, 1, 1, 1)).hasMessageContaining("label 2");
    assertThatThrownBy(() -> add(evaluation, 0, 1, 0, 1)).hasMessageContaining("weight 0");
  }

  @Property(tries = 50)
  void windowIsTheNewestRowsScoredAlone(
      @ForAll @IntRange(min = 1, max = 40) int window,
      @ForAll @IntRange(min = 0, max = 100) int rows,
      @ForAll long seed) {
    Prequential evaluation = new Prequential(3, window);
    feed(evaluation, seed, 0, rows);
    Prequential alone = new Prequential(3, 1000);
    feed(alone, seed, Math.max(0, rows - window), rows);
    assertThat(NamedMetrics.of(evaluation.recent(), List.of("a", "b", "c")).toMap())
        .isEqualTo(NamedMetrics.of(alone.recent(), List.of("a", "b", "c")).toMap());
  }

  @Property(tries = 50)
  void restoredGoesOnAsIfNeverInterrupted(
      @ForAll @IntRange(min = 1, max = 40) int window,
      @ForAll @IntRange(min = 0, max = 100) int before,
      @ForAll @IntRange(min = 0, max = 100) int after,
      @ForAll long seed) {
    Prequential whole = new Prequential(3, window);
    feed(whole, seed, 0, before + after);
    Prequential first = new Prequential(3, window);
    feed(first, seed, 0, before);
    Prequential second = new Prequential(3, window);
    feed(second, seed + 1, 0, 7);
    second.restore(first.state());
    feed(second, seed, before, before + after);
    assertThat(flat(second.state())).isEqualTo(flat(whole.state()));
    assertThat(NamedMetrics.of(second.recent(), List.of("a", "b", "c")).toMap())
        .isEqualTo(NamedMetrics.of(whole.recent(), List.of("a", "b", "c")).toMap());
    assertThat(NamedMetrics.of(second.fading(), List.of("a", "b", "c")).toMap())
        .isEqualTo(NamedMetrics.of(whole.fading(), List.of("a", "b", "c")).toMap());
  }

  @Test
  void metricsAskedForEarlierAreNotThoseOfLaterRows() {
    Prequential asked = new Prequential(3, 50);
    feed(asked, 7, 0, 80);
    Metrics before = asked.sinceStart();
    assertThat(asked.sinceStart()).isSameAs(before);
    assertThat(asked.recent()).isSameAs(asked.recent());
    SortedMap<String, Tensor> state = asked.state();
    feed(asked, 7, 80, 120);
    Prequential unasked = new Prequential(3, 50);
    feed(unasked, 7, 0, 120);
    assertSame(asked, unasked);

    asked.restore(state);
    Prequential shorter = new Prequential(3, 50);
    feed(shorter, 7, 0, 80);
    assertSame(asked, shorter);
  }

  private static void assertSame(Prequential one, Prequential other) {
    List<String> names = List.of("a", "b", "c");
    assertThat(NamedMetrics.of(one.sinceStart(), names).toMap())
        .isEqualTo(NamedMetrics.of(other.sinceStart(), names).toMap());
    assertThat(NamedMetrics.of(one.recent(), names).toMap())
        .isEqualTo(NamedMetrics.of(other.recent(), names).toMap());
  }

  @Test
  void fadingRowsCountLessWithEveryRowAfterThem() {
    Prequential evaluation = new Prequential(2, 16);
    SplittableRandom random = new SplittableRandom(8);
    int rows = 300_000; // enough for sums to be brought back to scale
    double[] hits = new double[2];
    double[] all = new double[2];
    double losses = 0;
    for (int i = 0; i < rows; i++) {
      int label = random.nextInt(2);
      boolean right = random.nextDouble() < (i < rows - 1000 ? 0.9 : 0.2);
      double weight = 1 + random.nextInt(3);
      double served = random.nextDouble();
      double[] scores = {served, 1 - served};
      evaluation.add(label, right ? label : 1 - label, weight, scores, scores);
      double now = weight * Math.pow(Prequential.FADING, rows - 1 - i);
      hits[label] += right ? now : 0;
      all[label] += now;
      losses -= now * Math.log(scores[label]);
    }

    Metrics fading = evaluation.fading();
    assertThat(fading.confusion().recall(0).orElseThrow())
        .isCloseTo(hits[0] / all[0], within(1e-9));
    assertThat(fading.confusion().recall(1).orElseThrow())
        .isCloseTo(hits[1] / all[1], within(1e-9));
    assertThat(fading.logLoss().orElseThrow()).isCloseTo(losses / (all[0] + all[1]), within(1e-9));
    assertThat(fading.confusion().effectiveRows().orElseThrow()).isBetween(3000.0, 4096.0);
    assertThat(fading.served().get(0).averagePrecision()).isEmpty();
  }

  @Test
  void noNumberOfOtherRowsMakesAClassForgotten() {
    Totals fading = new Totals(2, Prequential.FADING);
    double[] served = {0.5, 0.5};
    for (int i = 0; i < 20; i++) {
      fading.add(1, i % 10 < 7 ? 1 : 0, 10, 0.7, served);
    }
    Interval before =
        fading.metrics(List.of(), List.of()).confusion().recallInterval(1).orElseThrow();
    for (int i = 1; i <= 3_000_000; i++) {
      fading.add(0, 0, 10, 0.1, served);
      if (i % 250_000 == 0) {
        Metrics metrics = fading.metrics(List.of(), List.of());
        assertThat(metrics.confusion().recall(1).orElseThrow()).isCloseTo(0.7, within(0.01));
        assertThat(metrics.confusion().gmean().orElseThrow())
            .isCloseTo(Math.sqrt(0.7), within(0.01));
        assertThat(metrics.confusion().evaluated()).isEqualTo(2);
        Interval interval = metrics.confusion().recallInterval(1).orElseThrow();
        assertThat(interval.low()).isCloseTo(before.low(), within(1e-3));
        assertThat(interval.high()).isCloseTo(before.high(), within(1e-3));
        assertThat(metrics.confusion().precision(0).orElseThrow()).isCloseTo(1, within(1e-9));
      }
    }
  }

  @Test
  void anAreaOrKappaOfRowsOfOneKindIsAbsent() {
    Prequential evaluation = new Prequential(2, 16);
    for (int i = 0; i < 40; i++) {
      double[] served = {0.3 + i / 100.0, 0.7 - i / 100.0};
      evaluation.add(0, i % 4 == 0 ? 1 : 0, 1, served, served);
    }

    for (Metrics metrics :
        List.of(evaluation.sinceStart(), evaluation.recent(), evaluation.fading())) {
      assertThat(metrics.confusion().kappa()).isEmpty();
      assertThat(metrics.confusion().mcc()).isEmpty();
      assertThat(metrics.served().get(0).rocAuc()).isEmpty();
      assertThat(metrics.served().get(0).averagePrecision()).isEmpty();
      assertThat(metrics.served().get(0).precisionError()).isEmpty();
      assertThat(metrics.raw().get(0).averagePrecision()).isEmpty();
      assertThat(NamedMetrics.of(metrics, List.of("a", "b")).toMap())
          .doesNotContainKeys("kappa", "mcc");
    }
  }

  @Test
  void refusesAStateOfOtherClasses() {
    SortedMap<String, Tensor> state = new Prequential(2).state();
    assertThatThrownBy(() -> new Prequential(3).restore(state))
        .hasMessage("tensor 'evaluation.confusion' is F64[2, 2] and must be F64[3, 3]");
  }

  /** Rows {@code from} to {@code to} of the sequence that {@code seed} stands for. */
  private static void feed(Prequential evaluation, long seed, int from, int to) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int row = 0; row < to; row++) {
      int label = random.nextInt(3);
      int prediction = random.nextInt(3);
      double weight = 0.1 + random.nextDouble();
      double[] raw = scores(3, random);
      double[] served = scores(3, random);
      if (row >= from) {
        evaluation.add(label, prediction, weight, raw, served);
      }
    }
  }

  /** A row whose class was served exp(-loss), the other classes sharing the rest. */
  private static void add(
      Prequential evaluation, int label, int prediction, double weight, double loss) {
    int classes =
        evaluation.state().get("evaluation.rows") instanceof Tensor.I64 rows
            ? rows.values().length
            : 0;
    double p = StrictMath.exp(-loss);
    double[] served = new double[classes];
    Arrays.fill(served, (1 - p) / (classes - 1));
    served[label % classes] = p;
    double[] uniform = new double[classes];
    Arrays.fill(uniform, 1.0 / classes);
    evaluation.add(label, prediction, weight, uniform, served);
  }

  /** Random probabilities, coarse enough to tie now and then. */
  private static double[] scores(int classes, SplittableRandom random) {
    double[] scores = new double[classes];
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      scores[c] = 1 + random.nextInt(6);
      sum += scores[c];
    }
    for (int c = 0; c < classes; c++) {
      scores[c] /= sum;
    }
    return scores;
  }

  @Test
  void wilsonsIntervalCountsEffectiveRows() {
    Prequential evaluation = new Prequential(2);
    for (int row = 0; row < 10; row++) {
      add(evaluation, 0, row < 8 ? 0 : 1, 3, 0.1);
    }
    Interval interval = evaluation.sinceStart().confusion().recallInterval(0).orElseThrow();
    // 8 of 10, as any table of Wilson intervals has it.
    assertThat(interval.low()).isCloseTo(0.4901625, within(1e-6));
    assertThat(interval.high()).isCloseTo(0.9433178, within(1e-6));
    assertThat(evaluation.sinceStart().confusion().recallInterval(1)).isEmpty();
  }

  @Test
  void reliabilityBarsSayHowOftenAProbabilityWasRight() {
    Prequential evaluation = new Prequential(2);
    add(evaluation, 0, 0, 3, -StrictMath.log(0.9));
    add(evaluation, 1, 0, 1, -StrictMath.log(0.1));
    assertThat(evaluation.sinceStart().calibration().reliability())
        .singleElement()
        .satisfies(
            bar -> {
              assertThat(bar.weight()).isEqualTo(4);
              assertThat(bar.confidence()).isCloseTo(0.9, within(1e-12));
              assertThat(bar.accuracy()).isCloseTo(0.75, within(1e-12));
            });
    assertThat(evaluation.sinceStart().calibration().ece().orElseThrow())
        .isCloseTo(0.15, within(1e-12));
  }

  private static Map<String, String> flat(SortedMap<String, Tensor> state) {
    Map<String, String> all = new TreeMap<>();
    state.forEach(
        (name, tensor) ->
            all.put(
                name,
                tensor instanceof Tensor.F64 f
                    ? "" + Arrays.hashCode(f.values())
                    : tensor instanceof Tensor.F32 f32
                        ? "" + Arrays.hashCode(f32.values())
                        : "" + Arrays.hashCode(((Tensor.I64) tensor).values())));
    return all;
  }
}
