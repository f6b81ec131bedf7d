package dev.counterweight.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.batch.Tensor;
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
    assertThat(none.gmean()).isEmpty();
    assertThat(none.balancedAccuracy()).isEmpty();
    assertThat(none.accuracy()).isEmpty();
    assertThat(none.mcc()).isEmpty();
    assertThat(none.kappa()).isEmpty();
    assertThat(none.logLoss()).isEmpty();
    assertThat(none.effectiveRows()).isEmpty();
    assertThat(none.recall(0)).isEmpty();
    assertThat(none.toMap(List.of("a", "b", "c")))
        .containsOnlyKeys("gmean_classes", "recall", "precision", "f1", "evaluated")
        .containsEntry("gmean_classes", 0)
        .containsEntry("recall", Map.of())
        .containsEntry("evaluated", Map.of("a", 0L, "b", 0L, "c", 0L));
  }

  @Test
  void oneClassOnlyHasNeitherMccNorKappa() {
    Prequential evaluation = new Prequential(2);
    evaluation.add(0, 0, 2, 0.1);
    evaluation.add(0, 0, 1, 0.4);
    Metrics metrics = evaluation.sinceStart();
    assertThat(metrics.mcc()).isEmpty();
    assertThat(metrics.kappa()).isEmpty();
    assertThat(metrics.gmean()).hasValue(1);
    assertThat(metrics.classesEvaluated()).isEqualTo(1);
    assertThat(metrics.precision(1)).isEmpty();
    assertThat(metrics.logLoss().orElseThrow()).isCloseTo(0.2, within(1e-15));
    assertThat(metrics.effectiveRows().orElseThrow()).isCloseTo(9.0 / 5, within(1e-15));
  }

  @Test
  void gmeanIsZeroWhenARecallIsZero() {
    Prequential evaluation = new Prequential(3);
    evaluation.add(0, 0, 1, 0);
    evaluation.add(1, 0, 1, 0);
    assertThat(evaluation.sinceStart().gmean()).hasValue(0);
    assertThat(evaluation.sinceStart().balancedAccuracy()).hasValue(0.5);
  }

  @Test
  void aSureErrorIsCappedAndNoNumberIsRefused() {
    Prequential evaluation = new Prequential(2);
    evaluation.add(0, 1, 1, Double.POSITIVE_INFINITY);
    assertThat(evaluation.sinceStart().logLoss()).hasValue(Prequential.MAX_LOSS);
    assertThatThrownBy(() -> evaluation.add(0, 1, 1, Double.NaN)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> evaluation.add(2, 1, 1, 1)).hasMessageContaining("label 2");
    assertThatThrownBy(() -> evaluation.add(0, 1, 0, 1)).hasMessageContaining("weight 0");
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
    assertThat(evaluation.recent().toMap(List.of("a", "b", "c")))
        .isEqualTo(alone.sinceStart().toMap(List.of("a", "b", "c")));
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
    assertThat(second.recent().toMap(List.of("a", "b", "c")))
        .isEqualTo(whole.recent().toMap(List.of("a", "b", "c")));
  }

  @Test
  void refusesAStateOfOtherClasses() {
    SortedMap<String, Tensor> state = new Prequential(2).state();
    assertThatThrownBy(() -> new Prequential(3).restore(state))
        .hasMessage("state 'evaluation.confusion' must be F64 of 9 values");
  }

  /** Rows {@code from} to {@code to} of the sequence that {@code seed} stands for. */
  private static void feed(Prequential evaluation, long seed, int from, int to) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int row = 0; row < to; row++) {
      int label = random.nextInt(3);
      int prediction = random.nextInt(3);
      double weight = 0.1 + random.nextDouble();
      double loss = random.nextDouble();
      if (row >= from) {
        evaluation.add(label, prediction, weight, loss);
      }
    }
  }

  private static Map<String, String> flat(SortedMap<String, Tensor> state) {
    Map<String, String> all = new TreeMap<>();
    state.forEach(
        (name, tensor) ->
            all.put(
                name,
                tensor instanceof Tensor.F64 f
                    ? Arrays.toString(f.values())
                    : Arrays.toString(((Tensor.I64) tensor).values())));
    return all;
  }
}
