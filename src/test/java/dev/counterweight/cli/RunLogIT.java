package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.EmbeddedBroker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a running process prints. */
@Timeout(180)
class RunLogIT {
  private static final String SECRET = "a-password-of-the-trust-store";

  @TempDir Path folder;

  @Test
  void aBrokerThatGoesAwayIsSaidOnceAndSoIsItsReturn() throws Exception {
    Path data = folder.resolve("broker");
    int port;
    Path log = folder.resolve("log");
    try (EmbeddedBroker broker = EmbeddedBroker.start(data);
        ChildJvm run = run(broker, log)) {
      await("all three roles work").atMost(Duration.ofSeconds(90)).until(() -> committed(broker));
      port = Integer.parseInt(broker.bootstrapServers().split(":")[1]);
      int before = lines(log).size();

      broker.close();
      await("its absence is said")
          .atMost(Duration.ofSeconds(60))
          .until(() -> lines(log).stream().anyMatch(line -> line.contains("no broker of")));
      await("the process is not ready, and says why")
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(
              () ->
                  assertThat(get(log, "/health/ready"))
                      .contains("\"healthy\":false", "no broker of bootstrap.servers="));
      assertThat(get(log, "/health/live")).contains("\"healthy\":true");
      assertThat(get(log, "/metrics"))
          .containsPattern("counterweight_kafka_away_seconds\\{training_job=\"outage\"} [1-9]");
      try (EmbeddedBroker again = EmbeddedBroker.start(data, port)) {
        assertThat(again.bootstrapServers()).isEqualTo(broker.bootstrapServers());
        await("its return is said")
            .atMost(Duration.ofSeconds(60))
            .until(() -> lines(log).stream().anyMatch(line -> line.contains("answers again")));
        assertThat(get(log, "/health/ready")).doesNotContain("no broker of");
        assertThat(get(log, "/metrics"))
            .contains("counterweight_kafka_away_seconds{training_job=\"outage\"} 0.0");
        run.terminate();
        assertThat(run.await(60)).as(run.output()).isZero();
      }

      List<String> said = lines(log).subList(before, lines(log).size());
      assertThat(said.stream().filter(line -> line.contains("no broker of"))).hasSize(1);
      assertThat(said).hasSizeLessThan(20);
    }
  }

  @Test
  void aRunThatFindsNoBrokerSaysSoWaitsAndEndsInOrderWhenTold() throws Exception {
    Path config = job("127.0.0.1:1");
    Path log = folder.resolve("log");
    try (ChildJvm run = ChildJvm.start(log, List.of("run", "--config", config.toString()))) {
      await("every role waits")
          .atMost(Duration.ofSeconds(90))
          .pollInterval(Duration.ofMillis(500))
          .ignoreExceptions()
          .untilAsserted(
              () ->
                  assertThat(roles(get(log, "/health/ready")))
                      .hasSize(3)
                      .allSatisfy(detail -> assertThat(detail).contains("Kafka has not answered")));
      run.terminate();
      assertThat(run.await(60)).as(run.output()).isZero();
    }
    List<String> said = lines(log);
    assertThat(said)
        .anySatisfy(
            line ->
                assertThat(line)
                    .contains("no answer from bootstrap.servers=127.0.0.1:1", "PLAINTEXT"));
    assertThat(said).hasSizeLessThan(20);
  }

  private static List<String> roles(String health) throws IOException {
    return new ObjectMapper()
        .readTree(health).path("roles").findValuesAsText("detail").stream()
            .filter(detail -> !detail.startsWith("no broker of"))
            .toList();
  }

  @Test
  void linesAreJsonObjectsWhereAskedForAndHoldNoSecrets() throws Exception {
    ShuttleEvents sent = ShuttleEvents.send(500, 1);
    List<String> lines =
        new ArrayList<>(sent.properties("job-" + System.nanoTime(), checkpoints()));
    lines.add("kafka.ssl.truststore.password=" + SECRET);
    Path config = Files.write(folder.resolve("job.properties"), lines);
    Path log = folder.resolve("log");

    try (ChildJvm run =
        ChildJvm.start(
            log,
            Map.of("COUNTERWEIGHT_LOG_FORMAT", "json"),
            List.of("run", "--debug", "--stop-at-end", "--config", config.toString()))) {
      assertThat(run.await(120)).as(run.output()).isZero();
    }

    List<String> printed = Files.readAllLines(log);
    assertThat(printed)
        .isNotEmpty()
        .allSatisfy(
            line -> assertThat(new ObjectMapper().readTree(line).has("formattedMessage")).isTrue());
    assertThat(printed).anyMatch(line -> line.contains("500 events"));
    assertThat(String.join("\n", printed)).doesNotContain(SECRET);
  }

  @Test
  void aFailureIsAJsonObjectTooWhereLinesAre() throws Exception {
    Path config = Files.write(folder.resolve("job.properties"), List.of("job=a", "jobb=b"));
    Path log = folder.resolve("log");

    for (List<String> wrong :
        List.of(
            List.of("run", "--config", config.toString()), List.of("run", "--no-such-option"))) {
      try (ChildJvm run = ChildJvm.start(log, Map.of("COUNTERWEIGHT_LOG_FORMAT", "json"), wrong)) {
        assertThat(run.await(60)).as(run.output()).isEqualTo(2);
      }
      assertThat(Files.readAllLines(log))
          .isNotEmpty()
          .allSatisfy(
              line ->
                  assertThat(new ObjectMapper().readTree(line).path("level").asText())
                      .isEqualTo("ERROR"));
    }
  }

  private ChildJvm run(EmbeddedBroker broker, Path log) throws Exception {
    try (Admin admin =
        Admin.create(Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()))) {
      admin
          .createTopics(List.of(new NewTopic("events", Optional.of(1), Optional.empty())))
          .all()
          .get(30, TimeUnit.SECONDS);
    }
    Path config = job(broker.bootstrapServers());
    return ChildJvm.start(log, List.of("run", "--config", config.toString()));
  }

  private Path job(String bootstrapServers) throws IOException {
    return Files.write(
        folder.resolve("job.properties"),
        List.of(
            "job=outage",
            "bootstrap.servers=" + bootstrapServers,
            "events.topic=events",
            "events.label=label",
            "events.classes=yes,no",
            "events.features=a,b",
            "checkpoint.dir=" + checkpoints(),
            "metrics.port=0",
            "health.kafka.away=2s"));
  }

  /** Whether the sampler has joined its group, which it does after the counter has published. */
  private static boolean committed(EmbeddedBroker broker) throws Exception {
    try (Admin admin =
        Admin.create(Map.<String, Object>of("bootstrap.servers", broker.bootstrapServers()))) {
      return admin.listGroups().all().get(10, TimeUnit.SECONDS).stream()
              .filter(group -> group.groupState().map(Object::toString).orElse("").equals("Stable"))
              .count()
          >= 3;
    }
  }

  /** What the process, whose log says where, answers. */
  private static String get(Path log, String path) throws Exception {
    String url =
        lines(log).stream()
            .filter(line -> line.contains("health on http"))
            .map(line -> line.substring(line.indexOf("http")).strip())
            .findFirst()
            .orElseThrow();
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(url + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static List<String> lines(Path log) throws IOException {
    return Files.exists(log) ? Files.readAllLines(log) : List.of();
  }

  private String checkpoints() {
    return folder.resolve("checkpoints").toString();
  }
}
