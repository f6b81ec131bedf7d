package dev.counterweight.evaluation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.protocol.NamedMetrics;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What a model that finds nearly all of a rare class pays for it in false alarms. */
class FalseAlarmsTest {
  private static final double[] EVEN = {0.5, 0.5};

  @Test
  void falseAlarmsAreCountedPerThousandEventsOfTheStream() {
    Prequential evaluation = new Prequential(2);
    add(evaluation, 0, 0, 968, 1);
    add(evaluation, 0, 1, 16, 1);
    // A stratified slice: eight rows that stand for two events each.
    add(evaluation, 1, 1, 7, 2);
    add(evaluation, 1, 0, 1, 2);

    Metrics metrics = evaluation.sinceStart();
    assertThat(metrics.confusion().recall(1)).hasValue(0.875);
    assertThat(metrics.confusion().precision(1).orElse(-1)).isCloseTo(14.0 / 30, within(1e-12));
    assertThat(metrics.confusion().falseAlarms(1)).hasValue(16);
    assertThat(metrics.confusion().falseAlarms(0)).hasValue(2);
    assertThat(metrics.confusion().share(1, 0)).hasValue(0.125);
    assertThat(NamedMetrics.of(metrics, List.of("ok", "fraud")).toMap())
        .containsEntry("false_alarms", Map.of("ok", 2.0, "fraud", 16.0))
        .containsEntry(
            "confusion",
            Map.of(
                "ok", Map.of("ok", 968.0, "fraud", 16.0),
                "fraud", Map.of("ok", 2.0, "fraud", 14.0)));
  }

  @Test
  void nothingIsToldBeforeARowWasScored() {
    Metrics none = new Prequential(2).sinceStart();

    assertThat(none.confusion().falseAlarms(1)).isEmpty();
    assertThat(none.confusion().share(0, 1)).isEmpty();
    assertThat(NamedMetrics.of(none, List.of("ok", "fraud")).toMap())
        .containsEntry("confusion", Map.of());
  }

  @Test
  void ofManyClassesOnlyTheHeaviestErrorsAreTold() {
    int classes = 40;
    Prequential evaluation = new Prequential(classes);
    double[] scores = new double[classes];
    java.util.Arrays.fill(scores, 1.0 / classes);
    for (int i = 0; i < classes; i++) {
      for (int j = 0; j < classes; j++) {
        evaluation.add(i, j, 1 + i * classes + j, scores, scores);
      }
    }

    List<String> names = IntStream.range(0, classes).mapToObj(c -> "c" + c).toList();
    Object told = NamedMetrics.of(evaluation.recent(), names).toMap().get("confusion");
    assertThat(told).isInstanceOf(Map.class);
    Map<?, ?> rows = (Map<?, ?>) requireNonNull(told);
    assertThat(rows.values().stream().mapToInt(row -> ((Map<?, ?>) row).size()).sum())
        .isEqualTo(400);
    assertThat(String.valueOf(rows.get("c39"))).contains("c38=").doesNotContain("c39=");
  }

  private static void add(Prequential to, int label, int decided, int rows, double weight) {
    for (int i = 0; i < rows; i++) {
      to.add(label, decided, weight, EVEN, EVEN);
    }
  }
}
