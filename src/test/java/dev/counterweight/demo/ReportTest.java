package dev.counterweight.demo;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.demo.JobHistory.WeightsPoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  void namesFromOutsideCannotBecomeMarkup() throws Exception {
    String evil = "</script><script>alert('x')</script>&\"{{data}}";
    JobHistory job =
        new JobHistory(
            evil,
            List.of(new WeightsPoint(0, 1, Map.of(evil, 1d))),
            List.of(new MetricsPoint(0, 1, 1, 1d, 1d, 1d, Map.of(evil, 1d), Map.of(evil, 1L))));
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
    return new MetricsPoint(
        i * 0.15,
        i * 290L,
        step,
        gmean,
        rebalanced ? 0.91 : 0.42,
        loss,
        recall,
        drawn,
        judged(counts.keySet(), rebalanced));
  }

  private static Judged judged(Set<String> classes, boolean rebalanced) {
    Map<String, Double> precision = new LinkedHashMap<>();
    Map<String, Double> falseAlarms = new LinkedHashMap<>();
    Map<String, Map<String, Double>> confusion = new LinkedHashMap<>();
    for (String name : classes) {
      precision.put(name, rebalanced ? 0.34 : 0.99);
      falseAlarms.put(name, rebalanced ? 16.5 : 0.25);
      confusion.put(
          name, name.equals("High") ? Map.of(name, 97.0, "Bypass", 3.0) : Map.of(name, 5.0));
    }
    return new Judged(
        precision,
        falseAlarms,
        Map.of("High", 0.875),
        confusion,
        List.of(new Judged.Bar(0.1, 0.7, 0.62), new Judged.Bar(0.9, 0.98, 0.97)),
        0.0123);
  }
}
