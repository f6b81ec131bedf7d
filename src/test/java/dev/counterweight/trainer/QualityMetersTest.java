package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.evaluation.Prequential;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What recall costs is measured beside it. */
class QualityMetersTest {
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final QualityMeters meters =
      new QualityMeters(new JobMeters(registry, "fraud"), List.of("ok", "fraud"));

  @Test
  void precisionFalseAlarmsConfusionAndCalibrationStandBesideRecall() {
    assertThat(gauge("counterweight.precision", "class", "fraud", "scope", "window")).isNaN();

    Prequential evaluation = new Prequential(2);
    add(evaluation, 0, 0, 970, 0.95);
    add(evaluation, 0, 1, 20, 0.3);
    add(evaluation, 1, 1, 8, 0.3);
    add(evaluation, 1, 0, 2, 0.95);
    meters.evaluated(evaluation.recent(), evaluation.sinceStart());

    for (String scope : List.of("window", "total")) {
      assertThat(gauge("counterweight.recall", "class", "fraud", "scope", scope)).isEqualTo(0.8);
      assertThat(gauge("counterweight.precision", "class", "fraud", "scope", scope))
          .isCloseTo(8.0 / 28, within(1e-12));
      assertThat(gauge("counterweight.false.alarms", "class", "fraud", "scope", scope))
          .isEqualTo(20);
      assertThat(gauge("counterweight.class.ece", "class", "fraud", "scope", scope))
          .isBetween(0.0, 0.1);
    }
    assertThat(gauge("counterweight.confusion", "class", "fraud", "decided", "ok")).isEqualTo(0.2);
    assertThat(gauge("counterweight.confusion", "class", "ok", "decided", "fraud"))
        .isCloseTo(20.0 / 990, within(1e-12));
    assertThat(gauge("counterweight.reliability", "of", "probability", "bin", "1.00"))
        .isCloseTo(0.95, within(1e-6));
    assertThat(gauge("counterweight.reliability", "of", "hits", "bin", "1.00"))
        .isCloseTo(970.0 / 972, within(1e-9));
    assertThat(gauge("counterweight.reliability", "of", "hits", "bin", "0.53"))
        .as("no row")
        .isNaN();

    meters.evaluated(null, null);
    assertThat(gauge("counterweight.recall", "class", "fraud", "scope", "window")).isNaN();
  }

  @Test
  void matrixIsOfFewClassesOnly() {
    List<String> many =
        java.util.stream.IntStream.range(
                0, dev.counterweight.protocol.NamedMetrics.WHOLE_MATRIX + 1)
            .mapToObj(c -> "c" + c)
            .toList();
    SimpleMeterRegistry large = new SimpleMeterRegistry();
    QualityMeters unused = new QualityMeters(new JobMeters(large, "many"), many);
    unused.evaluated(null, null);

    assertThat(large.find("counterweight.confusion").gauge()).isNull();
    assertThat(registry.find("counterweight.confusion").gauges()).hasSize(4);
  }

  private static void add(Prequential to, int label, int decided, int rows, double ofClassZero) {
    for (int i = 0; i < rows; i++) {
      double[] scores = {ofClassZero, 1 - ofClassZero};
      to.add(label, decided, 1, scores, scores);
    }
  }

  private double gauge(String name, String... tags) {
    return registry.get(name).tags(tags).gauge().value();
  }
}
