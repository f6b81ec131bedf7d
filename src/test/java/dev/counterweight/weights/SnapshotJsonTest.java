package dev.counterweight.weights;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.Schema;
import dev.counterweight.protocol.StreamIdentity;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class SnapshotJsonTest {
  private static final Snapshot SNAPSHOT =
      new Snapshot(
          "fraud",
          7,
          1_700_000_000_000L,
          List.of("ok", "fraud"),
          new ClassCounts(
              new long[] {9_007_199_254_740_993L, 1},
              new double[] {0.1, 1e-300},
              new double[] {2, 3},
              new double[] {0.1, 1e-300}),
          new double[] {0.9, 0.1},
          new double[] {0.5555555555555556, 5},
          new Snapshot.Formula("balanced", Map.of("weights.max.ratio", 10_000.0)),
          new Snapshot.Offsets(
              new TreeMap<>(Map.of(0, 10L, 12, 20L)),
              new TreeMap<>(Map.of(0, 0L, 12, 5L)),
              new TreeMap<>(Map.of(0, 11L))),
          new StreamIdentity("cluster", "topic"),
          Schema.ofNumbers(List.of("f", "ä\"\\"), "class", List.of("ok", "fraud")));

  @Test
  void aSnapshotComesBackToTheLastDigit() {
    assertThat(SnapshotJson.read(SnapshotJson.write(SNAPSHOT)))
        .usingRecursiveComparison()
        .isEqualTo(SNAPSHOT);
  }

  @Test
  void aSnapshotFromBeforePositiveCountsIsRead() {
    String json = new String(SnapshotJson.write(SNAPSHOT), StandardCharsets.UTF_8);
    String old = json.replace(",\"positive\":[0.1,1.0E-300]", "");
    assertThat(old).doesNotContain("positive");

    assertThat(SnapshotJson.read(old.getBytes(StandardCharsets.UTF_8)))
        .usingRecursiveComparison()
        .isEqualTo(SNAPSHOT);
  }

  @Test
  void countsAreShownByTheNamesOfTheirClasses() {
    assertThat(SnapshotJson.counts(SNAPSHOT))
        .startsWith("{\"job\":\"fraud\",\"version\":7,\"as_of\":1700000000000,")
        .contains("\"fraud\":{\"events\":1,\"n\":1.0E-300,\"weighted\":3.0,\"prior\":0.1}")
        .contains("\"covered\":{\"0\":10,\"12\":20}");
  }

  @Test
  void whatIsNoSnapshotIsRefusedByItsField() {
    String json = new String(SnapshotJson.write(SNAPSHOT), StandardCharsets.UTF_8);

    assertRefused("not json", "not JSON");
    assertRefused("[]", "not a JSON object");
    assertRefused(json.replace("\"schema\":1", "\"schema\":2"), "schema 2");
    assertRefused(json.replace("\"version\":7", "\"version\":\"x\""), "'version'");
    assertRefused(json.replace("\"priors\":[0.9,0.1]", "\"priors\":[0.9]"), "'priors'");
    assertRefused(json.replace("\"covered\":{\"0\"", "\"covered\":{\"x\""), "'covered'");
  }

  private static void assertRefused(String json, String message) {
    assertThatThrownBy(() -> SnapshotJson.read(json.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }
}
