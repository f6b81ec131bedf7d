package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QualityReportTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir Path folder;

  @Test
  void theTableHasMedianAndRangeOverTheSeedsOfEachVariant() throws IOException {
    QualityReport report =
        new QualityReport(
            List.of(run("job", 1, 0.5), run("job", 2, 0.9), run("job", 3, 0.6), run("x", 1, 0.1)));

    List<String> lines = report.table().lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1)).startsWith("fraud, job x3").contains("0.6000 [0.5000, 0.9000]");
    assertThat(lines.get(2)).startsWith("fraud, x x1").contains("0.1000").contains("-");
    // Of two classes the figure is the rarer one's.
    assertThat(lines.get(1)).contains("0.2500 [0.2500, 0.2500]");
    assertThat(report.recalls()).contains("ok 0.7500 [0.7500, 0.7500] (90)");
  }

  @Test
  void thePageHasAPlotOfEachLineAndNoMarkupOfNames() throws IOException {
    new QualityReport(List.of(run("<b>", 1, 0.5))).write(folder);

    assertThat(
            JSON.readTree(folder.resolve("quality.json").toFile()).at("/0/summary/events").asInt())
        .isEqualTo(100);
    String page = Files.readString(folder.resolve("quality.html"));
    assertThat(page).contains("fraud, &lt;b&gt;").doesNotContain("<b>").contains("<svg");
  }

  @Test
  void aPlotPutsItsPointsToScaleAndWhatIsAboveAtTheTop() {
    String svg =
        new Plot(
                "P",
                "x",
                10,
                2,
                Map.of(
                    "line",
                    List.of(new double[] {0, 0}, new double[] {10, 2}, new double[] {5, 9})))
            .svg();
    assertThat(svg).contains("d=\"M44.0 226.0L460.0 26.0L252.0 26.0\"").contains(">line</text>");
  }

  @Test
  void aTimelineHasRecallSharesAndWeightsByStretch() throws IOException {
    Timeline timeline = new Timeline(List.of("ok", "bad"), 1000);
    for (int offset : new int[] {0, 5, 995, 2000}) {
      String decision = offset == 5 ? "bad" : "ok";
      timeline.prediction(
          JSON.readTree(
              "{\"offset\":%d,\"label\":\"ok\",\"decision\":\"%s\",\"served\":[0.75,0.25]}"
                  .formatted(offset, decision)));
    }
    timeline.snapshot(JSON.readTree("{\"covered\":{\"0\":50},\"weights\":[0.5,50]}"));

    assertPoints(timeline.recall(), "ok", new double[][] {{5, 0.5}, {995, 1}});
    assertThat(timeline.recall().get("bad")).isEmpty();
    assertPoints(timeline.shares(), "bad served", new double[][] {{5, 0.25}, {995, 0.25}});
    assertPoints(timeline.weights(), "bad", new double[][] {{50, 2}});
  }

  private static void assertPoints(
      Map<String, List<double[]>> lines, String name, double[][] expected) {
    List<double[]> found = Objects.requireNonNull(lines.get(name));
    assertThat(found).hasSize(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat(found.get(i)).containsExactly(expected[i], within(1e-12));
    }
  }

  private static QualityRun run(String variant, long seed, double gmean) throws IOException {
    JsonNode summary =
        JSON.readTree(
            """
            {"events": 100, "counts": {"ok": 90, "bad": 10}, "metrics": {"gmean": %s,
             "pr_auc": {"ok": 0.9, "bad": 0.25}, "recall": {"ok": 0.75},
             "reliability": [[0, 0.1, 5, 0.05, 0.1]]}}
            """
                .formatted(gmean));
    return new QualityRun("fraud", variant, seed, List.of("ok", "bad"), summary, null);
  }
}
