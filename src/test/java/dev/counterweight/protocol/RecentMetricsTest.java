package dev.counterweight.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.evaluation.Interval;
import dev.counterweight.evaluation.Prequential;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RecentMetricsTest {
  private static final List<String> CLASSES = List.of("ok", "fraud");
  private static final int ROWS = 400;

  @Test
  void areReadAsTheyWereWrittenAmongOtherMetrics() throws Exception {
    RecentMetrics told = RecentMetrics.of(scored(ROWS), CLASSES);
    Map<String, Object> metrics = Map.of(RecentMetrics.GROUP, told.toMap(), "gmean", 0.5);

    assertThat(RecentMetrics.in(metrics)).contains(told);
    ObjectMapper json = new ObjectMapper();
    Map<String, Object> read =
        json.readerForMapOf(Object.class).readValue(json.writeValueAsBytes(metrics));
    assertThat(RecentMetrics.in(read)).contains(told);
    assertThat(RecentMetrics.in(Map.of("gmean", 0.5))).isEmpty();
  }

  @Test
  void theIntervalOfALogLossIsThatOfItsMean() {
    // Losses of 0.1 and 0.5 by turns: 0.2 about their mean, a twentieth of it by the root of 400.
    Prequential evaluation = new Prequential(2);
    for (int i = 0; i < ROWS; i++) {
      double p = Math.exp(i % 2 == 0 ? -0.1 : -0.5);
      evaluation.add(0, 0, 3, new double[] {p, 1 - p}, new double[] {p, 1 - p});
    }

    RecentMetrics told = RecentMetrics.of(evaluation, CLASSES);

    assertThat(told.logLoss()).isCloseTo(0.3, within(1e-9));
    Interval interval = Objects.requireNonNull(told.logLossInterval());
    assertThat(interval.low()).isCloseTo(0.3 - 1.959964 * 0.01, within(1e-6));
    assertThat(interval.high()).isCloseTo(0.3 + 1.959964 * 0.01, within(1e-6));
    assertThat(told.evaluated()).isEqualTo(Map.of("ok", 400L, "fraud", 0L));
    assertThat(told.recallInterval()).containsOnlyKeys("ok");
  }

  @Test
  void aShareIsThatOfTheStreamHoweverOftenAClassIsEvaluated() {
    // Of the rare class each event, of the other one in ten.
    Prequential evaluation = new Prequential(2);
    for (int i = 0; i < ROWS; i++) {
      boolean rare = i % 2 == 0;
      evaluation.add(
          rare ? 1 : 0, 0, rare ? 1 : 10, new double[] {0.5, 0.5}, new double[] {0.5, 0.5});
    }

    RecentMetrics told = RecentMetrics.of(evaluation, CLASSES);

    assertThat(told.share().get("fraud")).isCloseTo(1 / 11.0, within(1e-9));
    Interval interval = Objects.requireNonNull(told.shareInterval().get("fraud"));
    assertThat(interval.low()).isBetween(0.05, 1 / 11.0);
    assertThat(interval.high()).isBetween(1 / 11.0, 0.15);
  }

  @Test
  void oneRowHasNoSpread() {
    assertThat(RecentMetrics.of(scored(1), CLASSES).logLossInterval()).isNull();
    assertThat(RecentMetrics.of(scored(0), CLASSES).logLoss()).isNull();
  }

  private static Prequential scored(int rows) {
    Prequential evaluation = new Prequential(2);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < rows; i++) {
      double p = 0.01 + 0.98 * random.nextDouble();
      double[] scores = {1 - p, p};
      evaluation.add(random.nextInt(2), p > 0.5 ? 1 : 0, 1 + random.nextInt(3), scores, scores);
    }
    return evaluation;
  }
}
