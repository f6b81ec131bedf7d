package dev.counterweight.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FiguresTest {
  private static final Participant START = participant("start", 1000, null);
  private static final Participant OURS = participant("all", 101_000, "start");
  private static final Participant PEER = participant("peer-tuned", 101_000, null);

  private final List<Run> runs =
      List.of(
          run(START, 1, 2, 3),
          run(OURS, 1, 4, 5),
          run(PEER, 1, 8, 10),
          run(START, 2, 20, 3),
          run(OURS, 2, 40, 5),
          run(PEER, 2, 40, 20));
  private final Figures figures = new Figures(runs);

  @Test
  void aRatioIsOfRunsOfTheSameRound() {
    Figures.Spread ratio = figures.ratio("all", "peer-tuned", Run::eventsPerSecond);

    assertThat(ratio).isEqualTo(new Figures.Spread(1.5, 1, 2, 2));
    Figures.Spread cost = figures.ratio("all", "peer-tuned", Run::cpuUs);
    assertThat(Objects.requireNonNull(cost).median()).isCloseTo(0.375, within(1e-9));
  }

  @Test
  void whatAStartTakesIsTakenOffWithItsEvents() {
    assertThat(figures.steadyRate(runs.get(1))).isCloseTo(50_000, within(1e-6));
    assertThat(figures.steadyCpuUs(runs.get(1))).isCloseTo(20, within(1e-9));
    assertThat(figures.steadyRate(runs.get(2))).as("no start is known of it").isNaN();
  }

  @Test
  void oneThatDidNotTakePartHasNoFigure() {
    assertThat(figures.ratio("all", "bare", Run::eventsPerSecond)).isNull();
    assertThat(figures.of("bare", Run::cpuUs)).isNull();
  }

  @Test
  void theReportSaysWhetherAnAimIsMet() {
    String text = new ThroughputReport(Map.of("java", "17"), runs, 1).markdown();

    assertThat(text)
        .contains("- java: 17", "- rounds: 2 whole, 1 given up")
        .contains(
            "| all over peer-tuned | events a second | 1.50 [1.00, 2.00] | at least 5.0: missed |")
        .contains("processor time an event | 0.38 [0.25, 0.50] | at most 0.7: met |")
        .doesNotContain("all over bare");
  }

  private static Participant participant(String name, long events, @Nullable String start) {
    return new Participant(
        name,
        "of a test",
        events,
        round -> new MeteredProcess.Launch(List.of("true"), Map.of()),
        start);
  }

  private static Run run(Participant participant, int round, double wallS, double cpuS) {
    return new Run(participant, round, new Usage(wallS, cpuS, 1, 0, 1024));
  }
}
