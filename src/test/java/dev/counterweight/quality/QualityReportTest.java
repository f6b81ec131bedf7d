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

  private static final Peers NO_PEERS = new Peers(List.of());

  @TempDir Path folder;

  @Test
  void theTableHasMedianAndRangeOverTheSeedsOfEachVariant() throws IOException {
    QualityReport report =
        new QualityReport(
            List.of(run("job", 1, 0.5), run("job", 2, 0.9), run("job", 3, 0.6), run("x", 1, 0.1)),
            NO_PEERS);

    List<String> lines = report.table().lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1)).startsWith("fraud, job x3").contains("0.6000 [0.5000, 0.9000]");
    assertThat(lines.get(2)).startsWith("fraud, x x1").contains("0.1000").contains("-");
    // Of two classes the figure is the rarer one's.
    assertThat(lines.get(1)).contains("0.2500 [0.2500, 0.2500]");
    assertThat(report.recalls()).contains("ok 0.7500 [0.7500, 0.7500] (90)");
  }

  @Test
  void jobsAndPeersOfTheSameEventsStandFromTheBestToTheWorst() throws IOException {
    Peers peers =
        Peers.read(
            List.of(
                "# measured by hand",
                "stream,events,peer,gmean,balanced_accuracy,pr_auc,log_loss,ece,seeds",
                "fraud,100,FOREST,0.7,,0.2,,,1",
                "fraud,99,OTHER,0.9,,,,,1",
                "theft,100,OTHER,0.9,,,,,1"));
    QualityReport report =
        new QualityReport(
            List.of(run("job", 1, 0.8), run("job", 2, 0.5), run("natural", 1, 0.75)), peers);

    assertThat(report.standings())
        .contains("fraud, gmean: natural 0.7500, FOREST 0.7000, job 0.6500\n")
        .contains("fraud, pr_auc: job 0.2500, natural 0.2500, FOREST 0.2000\n")
        .doesNotContain("OTHER");
    assertThat(new QualityReport(List.of(run("job", 1, 0.8)), NO_PEERS).standings()).isEmpty();
  }

  @Test
  void lessLossIsAhead() throws IOException {
    Peers peers =
        Peers.read(
            List.of(
                "stream,events,peer,gmean,balanced_accuracy,pr_auc,log_loss,ece,seeds",
                "fraud,100,SURE,,,,0.9,,1",
                "fraud,100,CALM,,,,0.3,,1"));
    assertThat(new QualityReport(List.of(run("job", 1, 0.8)), peers).standings())
        .contains("fraud, log_loss: CALM 0.3000, SURE 0.9000\n");
  }

  @Test
  void theStoredPeersAreOfFiguresThatCanBe() throws IOException {
    assertThat(Peers.stored().all())
        .allSatisfy(
            peer -> {
              assertThat(peer.events()).as(peer.toString()).isPositive();
              assertThat(peer.figures()).as(peer.toString()).containsKey("gmean");
              peer.figures()
                  .forEach((name, value) -> assertThat(value).as(name).isBetween(0.0, 8.0));
            });
  }

  @Test
  void aSetsPictureHasALineAJobAndADashedOneAPeer() throws IOException {
    Peers peers =
        Peers.read(
            List.of(
                "stream,events,peer,gmean,balanced_accuracy,pr_auc,log_loss,ece,seeds",
                "made,1000,FOREST,0.7,,,,,1"));
    QualityRun one = watched(1, true);
    QualityRun two = watched(2, false);

    new QualityReport(List.of(one, two), peers).write(folder);

    String picture = Files.readString(folder.resolve("made.svg"));
    assertThat(picture)
        .startsWith("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox")
        .contains(">job</text>", ">FOREST</text>")
        .containsOnlyOnce("stroke-dasharray");
    assertThat(Files.readString(folder.resolve("quality.html"))).contains("FOREST 0.7000");
  }

  @Test
  void theGmeanOfATimelineIsOfTheNewestTenthAndItsClasses() throws IOException {
    Timeline timeline = new Timeline(List.of("ok", "bad"), 1000);
    for (int offset = 0; offset < 1000; offset++) {
      boolean bad = offset >= 500 && offset % 10 == 0;
      String label = bad ? "bad" : "ok";
      String decision = bad && offset % 20 == 0 ? "ok" : label;
      timeline.prediction(
          JSON.readTree(
              "{\"offset\":%d,\"label\":\"%s\",\"decision\":\"%s\",\"served\":[1,0]}"
                  .formatted(offset, label, decision)));
    }

    List<double[]> line = timeline.gmean();
    assertThat(line).hasSize(100);
    assertThat(line.get(49)).containsExactly(new double[] {500, 1}, within(1e-12));
    assertThat(line.get(99)).containsExactly(new double[] {1000, Math.sqrt(0.5)}, within(1e-12));
  }

  @Test
  void thePageHasAPlotOfEachLineAndNoMarkupOfNames() throws IOException {
    new QualityReport(List.of(run("<b>", 1, 0.5)), NO_PEERS).write(folder);

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

  private static QualityRun watched(long seed, boolean right) throws IOException {
    DataSet set = QualityIT.data("made").slice(0, 1000);
    Watched watched = new Watched(set, 0);
    for (int offset = 0; offset < set.size(); offset++) {
      String label = set.classes().get(set.labels()[offset]);
      watched.prediction(
          JSON.readTree(
              "{\"offset\":%d,\"label\":\"%s\",\"decision\":\"%s\",\"served\":[1,0]}"
                  .formatted(offset, label, right ? label : "common")));
    }
    JsonNode summary = JSON.readTree("{\"events\": 1000}");
    return new QualityRun("made", "job", seed, set.classes(), summary, watched);
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
