package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.demo.JobHistory.WeightsPoint;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.TrainerReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

public class ReportTest {
  private static final Pattern DATA =
      Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>");

  @TempDir Path dir;

  @Test
  void holdsEverySeriesOfBothJobs() throws Exception {
    JsonNode shown = dataOf(Report.html(example()));
    assertThat(shown.at("/classes")).hasSize(7);
    assertThat(shown.at("/counts/Bpv.Close").asLong()).isEqualTo(10);
    for (String job : List.of("natural", "rebalanced")) {
      assertThat(shown.at("/" + job + "/metrics")).hasSize(200);
      JsonNode last = shown.at("/" + job + "/metrics/199");
      assertThat(last.at("/recall/High").isNumber()).isTrue();
      assertThat(last.at("/gmean").isNumber()).isTrue();
      assertThat(last.at("/loss").isNumber()).isTrue();
      assertThat(last.at("/drawn/High").isNumber()).isTrue();
      assertThat(shown.at("/" + job + "/weights/59/weights/High").isNumber()).isTrue();
    }
    assertThat(shown.at("/natural/metrics/0/recall").has("Bpv.Close"))
        .as("what is not defined is absent")
        .isFalse();
  }

  @Test
  void namesCountAndBothRecallsOfEachClassInTheTable() {
    String html = Report.html(example());
    String row = html.substring(html.indexOf("<tr><th scope=\"row\">Bpv.Close</th>"));
    row = row.substring(0, row.indexOf("</tr>"));
    assertThat(row).contains(">10</td>").contains("0.017 %").contains("0.000").contains("0.500");
    assertThat(html).contains("<b>0.905</b> rebalanced").contains("<b>0.000</b> natural");
  }

  @Test
  void titlesAnswerWithFiguresOfBothJobs() {
    assertThat(Report.html(example()))
        .contains(
            "<h2>Of Bpv.Close, the rarest class, 50.0&nbsp;% is recognised, natural"
                + " 0.0&nbsp;%</h2>")
        .contains("<h2>16.5 of 1,000 events are decided as Rad.Flow and are not, natural 0.3</h2>")
        .contains("<h2>G-mean comes to 0.905, natural 0.000</h2>")
        .contains("<h2>96.5&nbsp;% are decided as what they are, natural 90.0&nbsp;%</h2>")
        .contains("<h2>Probabilities are off by 1.2&nbsp;% on average, natural 1.2&nbsp;%</h2>")
        .contains("<h2>6 of 7 classes come to a recall of 0.9, natural 4</h2>")
        .contains("<h2>Bpv.Close is 0.017&nbsp;% of the stream and ");
    assertThat(Report.html(alone())).contains("<h2>G-mean comes to 0.905</h2>");
  }

  @Test
  void whatRecallCostsStandsBesideItOfBothJobs() throws Exception {
    String html = Report.html(example());
    String table = html.substring(html.indexOf("What recall costs"));
    String row = table.substring(table.indexOf("<th scope=\"row\">High</th>"));
    row = row.substring(0, row.indexOf("</tr>"));

    assertThat(row)
        .contains("data-label=\"precision\">0.990</td><td class=\"rebalanced\">0.340<")
        .contains("data-label=\"false alarms\">0.25</td><td class=\"rebalanced\">16.50<")
        .contains("data-label=\"PR AUC\">0.875</td><td class=\"rebalanced\">0.875<");
    String matrix = table.substring(table.indexOf("<caption>rebalanced</caption>"));
    matrix = matrix.substring(matrix.indexOf("2 High</th>"));
    assertThat(matrix.substring(0, matrix.indexOf("</tr>"))).contains(">97<", ">3<");
    JsonNode judged = dataOf(html).at("/judged/rebalanced");
    assertThat(judged.at("/reliability/1/right").asDouble()).isEqualTo(0.97);
    assertThat(judged.at("/ece").asDouble()).isEqualTo(0.0123);
    assertThat(dataOf(html).at("/natural/metrics/0").has("judged"))
        .as("of the newest only")
        .isFalse();
  }

  @Test
  void aJobOnItsOwnHasNoColumnOfAnother() throws Exception {
    String html = Report.html(alone());
    String text = html.replaceAll("(?s)<(script|style).*?</\\1>", "");

    assertThat(text)
        .doesNotContainIgnoringCase("natural")
        .doesNotContain("rebalanced", "<!--", "Shuttle", "{{", "both jobs", "<td></td></tr>")
        .contains(
            "<h1>Job &lt;fraud&gt;</h1>",
            "<dd>/var/lib/counterweight/fraud-by-card/checkpoints/step-0000")
        .contains("<dt>weights.formula</dt><dd>balanced</dd>")
        .contains("<dt>Events counted</dt><dd>58,000</dd>", "<dt>Steps</dt><dd>7,164</dd>")
        .contains("<dt>Newest report</dt><dd>1970-01-01T00:00:29Z</dd>")
        .contains("<b>0.905</b></span>", "G-mean over events");
    assertThat(cells(text, "Recall of each class", "High")).isEqualTo(4);
    assertThat(cells(text, "What recall costs", "High")).isEqualTo(4);
    assertThat(text)
        .contains("data-label=\"recall\"", "data-label=\"precision\">0.340<")
        .contains("data-label=\"false alarms\">16.50<", "data-label=\"PR AUC\">0.875<");
    JsonNode shown = dataOf(html);
    assertThat(shown.at("/jobs")).hasSize(1);
    assertThat(shown.at("/over").asText()).isEqualTo("events");
    assertThat(shown.at("/job/metrics/199/events").asLong()).isEqualTo(199 * 290);
    assertThat(shown.at("/judged/job/ece").asDouble()).isEqualTo(0.0123);
    assertThat(shown.at("/classes/6").asText()).as("the rarest last").isEqualTo("Bpv.Close");
  }

  @Test
  void whatIsMissingAndWhatIsNewIsToldOfTheFeaturesThatMovedMost() throws Exception {
    String html = Report.html(alone());
    JsonNode shown = dataOf(html);

    assertThat(shown.at("/missing")).hasSize(FeatureSection.MAX_LINES);
    assertThat(shown.at("/missing/0/feature").asText()).isEqualTo("card.<country>");
    assertThat(shown.at("/missing/0/points/199/share").asDouble()).isEqualTo(0.6);
    assertThat(shown.at("/missing/0/points/199/events").asLong()).isEqualTo(199 * 290);
    assertThat(shown.at("/unseen")).as("categories alone").hasSize(1);
    String head = "Features that are missing, and categories that are new";
    assertThat(cells(html, head, "card.&lt;country&gt;")).isEqualTo(5);
    assertThat(cells(html, head, "f11")).isEqualTo(5);
    assertThat(html)
        .contains(
            "<td data-label=\"missing\">60.0 %</td><td data-label=\"since the start\">10.0 %<")
        .contains("id=\"unseen\"");
    assertThat(Report.html(example())).doesNotContain(head, "id=\"unseen\"");
  }

  /** Cells of a class's row, which are as many as the table's head has. */
  private static int cells(String html, String heading, String name) {
    String table = html.substring(html.indexOf(">" + heading + "</"));
    String head = table.substring(table.indexOf("<thead>"), table.indexOf("</thead>"));
    String row = table.substring(table.indexOf("<th scope=\"row\">" + name + "</th>"));
    row = row.substring(0, row.indexOf("</tr>"));
    assertThat(row.split("<t[hd]")).hasSameSizeAs(head.split("<t[hd] "));
    return row.split("<t[hd]").length - 1;
  }

  @Test
  void aReportThatCannotBeWrittenIsSaidAndTheOldOneStays() throws Exception {
    Path file = Files.writeString(dir.resolve("report.html"), "old");
    Path nowhere = dir.resolve("none").resolve("report.html");
    assertThatThrownBy(() -> Report.write(example(), nowhere))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining(nowhere + ": its folder does not exist");
    assertThatThrownBy(() -> Report.write(example(), dir))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("is a folder");
    assertThat(file).hasContent("old");
    Report.write(example(), file);
    try (Stream<Path> files = Files.list(dir)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void namesFromOutsideCannotBecomeMarkup() throws Exception {
    String evil = "</script><script>alert('x')</script>&\"{{data}}";
    JobHistory job =
        new JobHistory(
            evil,
            List.of(new WeightsPoint(0, 1, Map.of(evil, 1d))),
            List.of(
                new MetricsPoint(
                    0, 1, 1, 1d, 1d, 1d, Map.of(evil, 1d), Map.of(evil, 1L), Map.of(), null)));
    String html = Report.html(new ReportData(evil, Map.of(evil, evil), Map.of(evil, 1L), job, job));
    assertThat(html).doesNotContain("<script>alert").doesNotContain("</script>&");
    assertThat(html).contains("&lt;/script&gt;&lt;script&gt;alert(&#39;x&#39;)");
    assertThat(dataOf(html).at("/classes/0").asText()).isEqualTo(evil);
  }

  @Test
  void needsNothingButItself() {
    String html = Report.html(example());
    assertThat(html).contains("Chart.js v4.5.1").contains("new Chart(canvas");
    assertThat(html).doesNotContain("sourceMappingURL").doesNotContain("{{");
    String outsideChartJs = html.replaceAll("(?s)/\\*!.*?\\*/", "");
    assertThat(outsideChartJs)
        .doesNotContainPattern("https?://")
        .doesNotContainPattern("(src|href)\\s*=\\s*[\"']")
        .doesNotContainPattern("@import|url\\(");
  }

  @Test
  void everyPlotSaysInWordsWhatItShows() {
    Matcher canvas = Pattern.compile("<canvas[^>]*>").matcher(Report.html(example()));
    int plots = 0;
    while (canvas.find()) {
      plots++;
      assertThat(canvas.group()).contains("role=\"img\"").containsPattern("aria-label=\".{20,}\"");
    }
    assertThat(plots).isEqualTo(5);
  }

  @Test
  void runWithoutMetricsStillHasAReport() throws Exception {
    JobHistory empty = new JobHistory("empty", List.of(), List.of());
    Path file = dir.resolve("report.html");
    Report.write(new ReportData("Nothing", Map.of(), Map.of("a", 0L), empty, empty), file);
    String html = Files.readString(file);
    assertThat(html).contains("<b>–</b> natural").doesNotContain("width:NaN");
    assertThat(dataOf(html).at("/natural/metrics")).isEmpty();
  }

  private static JsonNode dataOf(String html) throws Exception {
    Matcher data = DATA.matcher(html);
    assertThat(data.find()).isTrue();
    return new ObjectMapper().readTree(data.group(1));
  }

  /** A run as the demo makes it, with made-up figures. */
  public static ReportData example() {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("Rad.Flow", 45_586L);
    counts.put("High", 8_903L);
    counts.put("Bypass", 3_267L);
    counts.put("Fpv.Open", 171L);
    counts.put("Fpv.Close", 50L);
    counts.put("Bpv.Open", 13L);
    counts.put("Bpv.Close", 10L);
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Data", "Statlog (Shuttle), 58,000 events");
    facts.put("Pace", "2,000 events/s");
    facts.put("Seed", "1");
    return new ReportData(
        "Shuttle: seven classes, one of them 4,559 times as common as another",
        facts,
        counts,
        job("natural", counts, false),
        job("rebalanced", counts, true));
  }

  /** A job on its own, with the same figures. */
  public static ReportData alone() {
    JobHistory twin = example().jobs().get("rebalanced");
    if (twin == null) {
      throw new IllegalStateException("the example has two jobs");
    }
    List<WeightsPoint> weights = new ArrayList<>(twin.weights());
    WeightsPoint newest = weights.remove(weights.size() - 1);
    Map<String, Long> counts = new TreeMap<>(example().counts());
    weights.add(new WeightsPoint(newest.seconds(), newest.events(), newest.weights(), counts));
    List<MetricsPoint> metrics = new ArrayList<>();
    for (MetricsPoint point : twin.metrics()) {
      metrics.add(
          new MetricsPoint(
              point.seconds(),
              point.events(),
              point.step(),
              point.gmean(),
              point.balancedAccuracy(),
              point.loss(),
              point.recall(),
              point.drawn(),
              features(metrics.size()),
              point.report()));
    }
    return ReportData.ofJob(
        new JobHistory("<fraud>", weights, metrics),
        Map.of("weights.formula", "balanced", "learning.rate", "0.01"));
  }

  /** Twelve that stand still, one that goes missing at the end, and a category that is learnt. */
  private static Map<String, TrainerReport.FeatureShare> features(int i) {
    Map<String, TrainerReport.FeatureShare> features = new LinkedHashMap<>();
    for (int f = 0; f < 12; f++) {
      features.put("f" + f, new TrainerReport.FeatureShare(0.01 * f, 0.01 * f, null, null));
    }
    double gone = i < 150 ? 0.02 : 0.6;
    features.put("card.<country>", new TrainerReport.FeatureShare(gone, 0.1, 1.0 / (1 + i), 0.25));
    return features;
  }

  private static JobHistory job(String name, Map<String, Long> counts, boolean rebalanced) {
    List<WeightsPoint> weights = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      Map<String, Double> now = new LinkedHashMap<>();
      for (var count : counts.entrySet()) {
        double wobble = 1 + 0.5 * Math.sin(i + count.getValue()) * 10 / (10 + i);
        now.put(count.getKey(), rebalanced ? 58_000.0 / (7.0 * count.getValue()) * wobble : 1.0);
      }
      weights.add(new WeightsPoint(i * 0.5, i * 1000L, now));
    }
    List<MetricsPoint> metrics = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      metrics.add(point(i, counts, rebalanced));
    }
    return new JobHistory(name, weights, metrics);
  }

  private static MetricsPoint point(int i, Map<String, Long> counts, boolean rebalanced) {
    Map<String, Double> recall = new LinkedHashMap<>();
    Map<String, Long> drawn = new LinkedHashMap<>();
    for (var count : counts.entrySet()) {
      long n = count.getValue();
      if (i * n >= 200) {
        double reached = rebalanced ? (n == 10 ? 0.5 : 0.97) : (n < 100 ? 0 : 0.95);
        recall.put(count.getKey(), reached * i / (i + 4.0) * (i == 199 ? (i + 4.0) / i : 1));
      }
      drawn.put(count.getKey(), (i + 1) * (rebalanced ? Math.min(n * 64, 165_000L) : n) / 200);
    }
    double gmean = rebalanced ? 0.905 * i / (i + 6.0) * (i == 199 ? (i + 6.0) / i : 1) : 0;
    double loss = (rebalanced ? 0.9 : 0.3) * (4 + Math.sin(i * 1.7)) / (4 + i * 0.4);
    long step = i * (rebalanced ? 36L : 9L);
    TrainerReport report = report(counts.keySet(), rebalanced);
    return new MetricsPoint(
        i * 0.15,
        i * 290L,
        step,
        gmean,
        rebalanced ? 0.91 : 0.42,
        loss,
        recall,
        drawn,
        report.features(),
        report);
  }

  private static TrainerReport report(Set<String> classes, boolean rebalanced) {
    Map<String, Double> precision = new LinkedHashMap<>();
    Map<String, Double> falseAlarms = new LinkedHashMap<>();
    Map<String, Object> confusion = new LinkedHashMap<>();
    for (String name : classes) {
      precision.put(name, rebalanced ? 0.34 : 0.99);
      falseAlarms.put(name, rebalanced ? 16.5 : 0.25);
      confusion.put(
          name, name.equals("High") ? Map.of(name, 97.0, "Bypass", 3.0) : Map.of(name, 5.0));
    }
    Map<String, Object> report = new LinkedHashMap<>();
    for (String field : List.of("time_ms", "batch_offset", "step", "events", "drawn_rows")) {
      report.put(field, 1);
    }
    report.put("evaluated", Map.of("High", 100));
    report.put("precision", precision);
    report.put("false_alarms", falseAlarms);
    report.put("pr_auc", Map.of("High", 0.875));
    report.put("confusion", confusion);
    report.put(
        "reliability", List.of(List.of(0.6, 0.7, 1, 0.7, 0.62), List.of(0.9, 1, 9, 0.98, 0.97)));
    report.put("ece", 0.0123);
    report.put("accuracy", rebalanced ? 0.965 : 0.9);
    if (rebalanced) {
      report.put(
          "checkpoint",
          "/var/lib/counterweight/fraud-by-card/checkpoints/step-000000007164-pod-0.1");
    }
    try {
      return TrainerReport.read(new ObjectMapper().writeValueAsBytes(report));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
