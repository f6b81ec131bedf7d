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

    assertThat(RunTable.of(Map.of("counts", counts, "metrics", metrics)).lines())
        .containsExactly(
            "class                          events    scored    recall precision",
            "ok                             12,345     1,234     0.988     1.000",
            "fraud                               7                   -         -",
            "G-mean                                              0.500          ",
            "balanced accuracy                                   0.600          ");
  }

  @Test
  void aProcessThatNeitherCountedNorTrainedHasNoTable() {
    assertThat(RunTable.of(Map.of("draws", 3L, "seconds", 1.0))).isEmpty();
  }
}
