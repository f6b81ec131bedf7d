package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real Prometheus, with this project's rules, beside a job and a joiner at work. */
@Timeout(300)
class PrometheusIT {
  private static final Duration STEP = Duration.ofSeconds(1);
  private static final String RATE_INTERVAL = "8s";

  @TempDir Path folder;

  @Test
  void everyPanelShowsDataAndAHealthyJobAlertsNobody() throws Exception {
    int port = freePort();
    // The panels of features that may be missing and of categories show those alone, and that of
    // networks what several have.
    Map<String, String> settings =
        Map.of(
            "checkpoint.interval", "2s",
            "feature.V1.missing", "mean",
            "model.rates", "0.5,1",
            "feature.V2.type", "category",
            "scores.port", Integer.toString(port));
    try (LiveJob job = new LiveJob(folder.resolve("checkpoints"), 400, settings);
        LiveJoiner joiner = new LiveJoiner(folder);
        PrometheusServer prometheus =
            PrometheusServer.scraping(folder, job.address(), joiner.address())) {
      awaitCheckpoints(job);
      System.gc(); // a pause to be seen

      await("every query of every panel returns values")
          .atMost(Duration.ofSeconds(120))
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(
              () -> {
                ask(port);
                assertThat(withoutData(prometheus, job.name(), joiner.name())).isEmpty();
              });

      await("ten seconds in which every scrape is in time, as some are not on a busy machine")
          .atMost(Duration.ofSeconds(120))
          .pollInterval(Duration.ofSeconds(1))
          .untilAsserted(() -> assertScraped(prometheus));
      assertRulesHold(prometheus);
      assertThat(job.value("counterweight_report_age_seconds")).isLessThan(10);
      MonitoringTools.Outcome lint = MonitoringTools.promtool(folder, get(job), "check", "metrics");
      assertThat(lint.output()).isEmpty();
      assertThat(lint.code()).isZero();

      job.throwLabels(20_000);
      await("a flood is about to be told")
          .atMost(Duration.ofSeconds(60))
          .until(() -> alerts(prometheus).contains("CounterweightPoisonFlood"));
    }
  }

  @Test
  void tenThousandLabelsAddNoSeries() throws Exception {
    try (LiveJob job = new LiveJob(folder.resolve("checkpoints"), 400, Map.of())) {
      awaitCheckpoints(job);
      Set<String> before = series(job);
      double rejected = job.value("counterweight_dead_letters_total");

      job.throwLabels(10_000);

      await("every one is rejected")
          .atMost(Duration.ofSeconds(60))
          .until(() -> job.value("counterweight_dead_letters_total") >= rejected + 10_000);
      Set<String> added = series(job);
      added.removeAll(before);
      // A collector's first pause of a new kind brings series of its own, at any time.
      added.removeIf(line -> line.startsWith("jvm_gc_"));
      assertThat(added).isEmpty();
      assertThat(before).hasSizeLessThan(1_000);
    }
  }

  private static void awaitCheckpoints(LiveJob job) {
    await("the job has written a checkpoint and read its meters")
        .atMost(Duration.ofSeconds(90))
        .until(
            () ->
                job.value("counterweight_steps_total") > 10
                    && job.value("counterweight_model_forest_power") > 0
                    && job.value("kafka_stream_thread_process_total") > 0
                    && job.value("kafka_producer_record_send_total") > 0);
  }

  private static List<String> withoutData(PrometheusServer prometheus, String job, String joiner)
      throws IOException, InterruptedException {
    Instant to = Instant.now();
    List<String> without = new ArrayList<>();
    for (Dashboards.Query query : Dashboards.queries()) {
      JsonNode result =
          prometheus.query(
              query.of(ofLabels(query) ? joiner : job, RATE_INTERVAL),
              to.minusSeconds(10),
              to,
              STEP);
      if (!hasNumber(result)) {
        without.add(query + " -> " + result);
      }
    }
    return without;
  }

  /** A request for a score; one that comes before there is a model is refused. */
  private static void ask(int port) throws IOException, InterruptedException {
    URI score = URI.create("http://127.0.0.1:" + port + "/score");
    String event =
        "{\"V1\":1,\"V2\":\"2\",\"V3\":3,\"V4\":4,\"V5\":5,\"V6\":6,\"V7\":7,\"V8\":8,\"V9\":9}";
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(score)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(event))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isIn(200, 503);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean ofLabels(Dashboards.Query query) {
    return query.expression().matches(".*counterweight_(labels|joiner|served|judge)_.*");
  }

  private static boolean hasNumber(JsonNode result) {
    for (JsonNode series : result) {
      for (JsonNode sample : series.get("values")) {
        if (Double.isFinite(Double.parseDouble(number(sample.get(1).asText())))) {
          return true;
        }
      }
    }
    return false;
  }

  private static String number(String value) {
    return value.replace("Inf", "Infinity");
  }

  private static void assertScraped(PrometheusServer prometheus) throws Exception {
    assertThat(prometheus.query("min_over_time(up[10s])").at("/0/value/1").asText()).isEqualTo("1");
    JsonNode targets = prometheus.api("targets").get("activeTargets");
    assertThat(targets).hasSize(2);
    targets.forEach(target -> assertThat(target.get("lastError").asText()).isEmpty());
  }

  private static void assertRulesHold(PrometheusServer prometheus) throws Exception {
    int rules = 0;
    for (JsonNode group : prometheus.api("rules").get("groups")) {
      for (JsonNode rule : group.get("rules")) {
        rules++;
        assertThat(rule.get("health").asText()).as(rule.toString()).isEqualTo("ok");
        assertThat(rule.path("state").asText()).as(rule.toString()).isNotEqualTo("firing");
      }
    }
    assertThat(rules).isGreaterThan(10);
  }

  /** Those that fire, or will if things stay as they are. */
  private static List<String> alerts(PrometheusServer prometheus) throws Exception {
    List<String> names = new ArrayList<>();
    for (JsonNode alert : prometheus.api("alerts").get("alerts")) {
      names.add(alert.at("/labels/alertname").asText());
    }
    return names;
  }

  private static String get(LiveJob job) throws IOException, InterruptedException {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://" + job.address() + "/metrics")).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static Set<String> series(LiveJob job) {
    return job.scrape()
        .lines()
        .filter(line -> !line.startsWith("#"))
        .map(line -> line.substring(0, line.lastIndexOf(' ')))
        .collect(Collectors.toSet());
  }
}
