package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** The real Prometheus with this project's rules, scraping processes every second. */
final class PrometheusServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final int port;

  private PrometheusServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  static PrometheusServer scraping(Path folder, String... targets) throws IOException {
    MonitoringTools.require("prometheus");
    Path config = folder.resolve("prometheus.yml");
    Files.writeString(
        config,
        """
        global:
          scrape_interval: 1s
          scrape_timeout: 1s
          evaluation_interval: 1s
        rule_files: ['%s/*.yml']
        scrape_configs:
          - job_name: counterweight
            static_configs:
              - targets: ['%s']
        """
            .formatted(
                Path.of("monitoring/prometheus/rules").toAbsolutePath(),
                String.join("', '", targets)));
    int port = freePort();
    Process process =
        new ProcessBuilder(
                "prometheus",
                "--config.file=" + config,
                "--storage.tsdb.path=" + folder.resolve("tsdb"),
                "--web.listen-address=127.0.0.1:" + port)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("prometheus.log").toFile())
            .start();
    PrometheusServer server = new PrometheusServer(process, port);
    Awaitility.await("Prometheus answers")
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> server.api("query?query=up").isArray());
    return server;
  }

  /** The newest value of each series. */
  JsonNode query(String expression) throws IOException, InterruptedException {
    return api("query?query=" + URLEncoder.encode(expression, UTF_8));
  }

  /** Each series' values, one a step. */
  JsonNode query(String expression, Instant from, Instant to, Duration step)
      throws IOException, InterruptedException {
    return api(
        "query_range?query=%s&start=%.3f&end=%.3f&step=%.3f"
            .formatted(
                URLEncoder.encode(expression, UTF_8),
                from.toEpochMilli() / 1e3,
                to.toEpochMilli() / 1e3,
                step.toMillis() / 1e3));
  }

  /** The data of an answer of the HTTP API; of queries, the result. */
  JsonNode api(String path) throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1/" + path))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    JsonNode answer = JSON.readTree(response.body());
    if (!answer.path("status").asText().equals("success")) {
      throw new IllegalArgumentException(path + ": " + response.body());
    }
    JsonNode data = answer.get("data");
    return data.has("result") ? data.get("result") : data;
  }

  @Override
  public void close() throws InterruptedException {
    process.destroy();
    if (!process.waitFor(20, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
