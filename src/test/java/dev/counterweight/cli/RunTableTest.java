package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunTableTest {
  @Test
  void eachClassHasItsCountRecallAndPrecisionAndWhatIsUndefinedIsADash() {
    Map<String, Object> counts = new LinkedHashMap<>();
    counts.put("ok", 12_345L);
    counts.put("fraud", 7L);
    Map<String, Object> metrics =
        Map.of(
            "recall",
            Map.of("ok", 0.9876),
            "precision",
            Map.of("ok", 1.0),
            "evaluated",
            Map.of("ok", 1_234L),
            "gmean",
            0.5,
            "balanced_accuracy",
            0.6);

    assertThat(
            RunTable.of(
                    Map.of("counts", counts, "metrics", metrics, "decision", "recall(fraud,0.9)"))
                .lines())
        .containsExactly(
            "class                          events    scored    recall precision",
            "ok                             12,345     1,234     0.988     1.000",
            "fraud                               7                   -         -",
            "G-mean                                              0.500          ",
            "balanced accuracy                                   0.600          ",
            "decided by recall(fraud,0.9)");
  }

  @Test
  void aScorerTellsWhatItAnswered() {
    assertThat(RunTable.of(Map.of("scores", 12_345L, "scores_dead_letters", 6L)).lines())
        .containsExactly(
            "answered                       events                              ",
            "scored                         12,345                              ",
            "dead letters                        6                              ");
  }

  @Test
  void whatWasJoinedStandsBeforeWhatWasCounted() {
    Map<String, Object> joined =
        Map.of(
            "labelled", 1_005L,
            "matched", 800L,
            "unlabelled", 200L,
            "corrected", 5L,
            "dropped", 0L,
            "waiting", 40L);
    Map<String, Object> all = new LinkedHashMap<>(joined);
    all.put("counts", Map.of("ok", 7L));

    assertThat(RunTable.of(joined).lines().map(String::stripTrailing))
        .containsExactly(
            "joined                         events",
            "labelled                        1,005",
            "  with their label                800",
            "  as labels.missing               200",
            "  again, corrected                  5",
            "dropped, without a label            0",
            "waiting for their label            40");
    assertThat(RunTable.of(all)).startsWith(RunTable.of(joined)).contains("\nclass ");
  }

  @Test
  void aProcessThatNeitherCountedNorTrainedHasNoTable() {
    assertThat(RunTable.of(Map.of("draws", 3L, "seconds", 1.0))).isEmpty();
  }
}
