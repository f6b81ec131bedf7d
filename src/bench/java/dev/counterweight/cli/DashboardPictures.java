package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/**
 * Draws panels of the dashboards from what the real Prometheus answers to their queries, beside a
 * live job: {@code DashboardPictures docs/dashboards.png 180}. By hand, with the class path of the
 * tests; needs prometheus and chromium.
 */
public final class DashboardPictures {
  private static final List<String> SHOWN =
      List.of(
          "Counterweight: Balance / Stream",
          "Counterweight: Balance / Batches",
          "Counterweight: Balance / Class weight",
          "Counterweight: Overview / Recall by class",
          "Counterweight: Overview / Precision by class",
          "Counterweight: Training / G-mean",
          "Counterweight: Training / Loss",
          "Counterweight: Overview / Throughput",
          "Counterweight: Overview / Lag",
          "Counterweight: Overview / Latency of an event, p95",
          "Counterweight: Training / Time of a step",
          "Counterweight: Kafka and JVM / Time of a produce request");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration STEP = Duration.ofSeconds(2);

  private DashboardPictures() {}

  public static void main(String[] args) throws Exception {
    Path picture = Path.of(args[0]).toAbsolutePath();
    Path folder = Files.createTempDirectory("dashboards");
    ArrayNode panels = JSON.createArrayNode();
    Map<String, String> settings =
        Map.of("checkpoint.interval", "15s", "counts.half.life", "30000 events");
    try (LiveJob job = new LiveJob(folder.resolve("checkpoints"), 600, settings);
        PrometheusServer prometheus = PrometheusServer.scraping(folder, job.address())) {
      Thread.sleep(Duration.ofSeconds(Long.parseLong(args[1])).toMillis());
      Instant to = Instant.now();
      Instant from = to.minusSeconds(Long.parseLong(args[1]) - 20);
      for (String shown : SHOWN) {
        panels.add(panel(prometheus, job.name(), shown, from, to));
      }
    }
    Path page = folder.resolve("page.html");
    Files.writeString(page, page(panels));
    screenshot(page, picture, folder);
    System.exit(0); // the shared broker's threads
  }

  private static ObjectNode panel(
      PrometheusServer prometheus, String job, String shown, Instant from, Instant to)
      throws IOException, InterruptedException {
    ObjectNode panel = JSON.createObjectNode().put("title", shown.replace("Counterweight: ", ""));
    ArrayNode series = panel.putArray("series");
    for (Dashboards.Query query : Dashboards.queries()) {
      if (!shown.equals(query.dashboard() + " / " + query.panel())) {
        continue;
      }
      panel.put("unit", query.unit()).put("stack", query.stacked()).put("log", query.logarithmic());
      for (JsonNode found : prometheus.query(query.of(job, "20s"), from, to, STEP)) {
        ObjectNode line = series.addObject().put("label", legend(query, found, job));
        ArrayNode points = line.putArray("points");
        for (JsonNode sample : found.get("values")) {
          double value = Double.parseDouble(sample.get(1).asText().replace("Inf", "Infinity"));
          if (Double.isFinite(value)) {
            points
                .addObject()
                .put("x", sample.get(0).asDouble() - from.toEpochMilli() / 1e3)
                .put("y", value);
          }
        }
      }
    }
    if (series.isEmpty()) {
      throw new IllegalStateException("no data for " + shown);
    }
    return panel;
  }

  private static String legend(Dashboards.Query query, JsonNode series, String job) {
    String legend = query.legend();
    for (var label : series.get("metric").properties()) {
      legend = legend.replace("{{" + label.getKey() + "}}", label.getValue().asText());
    }
    return legend.replace("counterweight-" + job + "-", "").replace(job, "job");
  }

  private static String page(ArrayNode panels) throws IOException {
    return resource("/dev/counterweight/cli/dashboards.html")
        .replace(
            "/*chart*/",
            resource("/META-INF/resources/webjars/chart.js/4.5.1/dist/chart.umd.min.js"))
        .replace("/*panels*/", panels.toString());
  }

  private static String resource(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(DashboardPictures.class.getResourceAsStream(name), name)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static void screenshot(Path page, Path picture, Path folder) throws Exception {
    Process chromium =
        new ProcessBuilder(
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--window-size=1500,1180",
                "--virtual-time-budget=3000",
                "--user-data-dir=" + folder.resolve("profile"),
                "--screenshot=" + picture,
                page.toUri().toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("chromium.log").toFile())
            .start();
    if (!chromium.waitFor(60, TimeUnit.SECONDS) || chromium.exitValue() != 0) {
      throw new IllegalStateException("chromium: " + folder.resolve("chromium.log"));
    }
  }
}
