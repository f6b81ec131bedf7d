package dev.counterweight.runtime;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.MetricsConfig;
import dev.counterweight.kafka.SlowClients;
import dev.counterweight.protocol.FailureException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class HttpEndpointTest {
  private final Telemetry telemetry = new Telemetry();
  private final ScriptedRole counter = new ScriptedRole("counter");
  private final ScriptedRole trainer = new ScriptedRole("trainer");
  private HttpEndpoint endpoint =
      HttpEndpoint.start(
          new MetricsConfig("127.0.0.1", 0),
          telemetry,
          Health.of(List.of(counter, trainer)),
          Map.of());

  @AfterEach
  void close() {
    endpoint.close();
    telemetry.close();
  }

  @Test
  void metricsAreServedInPrometheusText() throws Exception {
    telemetry.watch("fraud", counter);
    counter.state = Role.State.RUNNING;

    HttpResponse<String> response = get("/metrics");

    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse("")).startsWith("text/plain");
    assertThat(response.body())
        .contains("jvm_memory_used_bytes{")
        .contains(
            "counterweight_role_state{role=\"counter\",state=\"running\",training_job=\"fraud\"}"
                + " 1.0")
        .contains(
            "counterweight_role_state{role=\"counter\",state=\"failed\",training_job=\"fraud\"}"
                + " 0.0");
  }

  @Test
  void readyOnlyWhenEveryRoleIsAndLiveUntilOneFails() throws Exception {
    counter.state = Role.State.RUNNING;
    trainer.state = Role.State.STARTING;
    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(get("/health/live").statusCode()).isEqualTo(200);

    trainer.state = Role.State.WAITING;
    assertThat(get("/health/ready").statusCode()).isEqualTo(200);
    assertThat(get("/health/ready").body()).contains("\"role\":\"trainer\",\"state\":\"waiting\"");

    trainer.state = Role.State.FAILED;
    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(get("/health/live").statusCode()).isEqualTo(503);
  }

  @Test
  void notReadyButLiveWhileAnObstacleKeepsTheRolesFromWorking() throws Exception {
    AtomicReference<Optional<String>> obstacle = new AtomicReference<>(Optional.empty());
    counter.state = Role.State.RUNNING;
    serve(new MetricsConfig("127.0.0.1", 0), new Health(List.of(counter), obstacle::get), Map.of());
    assertThat(get("/health/ready").statusCode()).isEqualTo(200);

    obstacle.set(Optional.of("no broker has answered for 75 s"));

    assertThat(get("/health/ready").statusCode()).isEqualTo(503);
    assertThat(get("/health/ready").body())
        .contains("\"healthy\":false", "\"reason\":\"no broker has answered for 75 s\"");
    assertThat(get("/health/live").statusCode()).isEqualTo(200);
  }

  @Test
  void nothingElseIsServedAndNothingCanBeWritten() throws Exception {
    assertThat(get("/").statusCode()).isEqualTo(404);
    assertThat(get("/").body()).contains("/metrics", "/health/live", "/health/ready");
    for (String method : List.of("POST", "PUT", "DELETE", "PATCH", "OPTIONS")) {
      HttpResponse<String> response = send(method, "/metrics");
      assertThat(response.statusCode()).as(method).isEqualTo(405);
      assertThat(response.headers().firstValue("Allow")).as(method).contains("GET, HEAD");
    }
  }

  @Test
  void headTellsWhatGetWouldWithoutTheBody() throws Exception {
    HttpResponse<String> head = send("HEAD", "/health/live");

    assertThat(head.statusCode()).isEqualTo(200);
    assertThat(head.body()).isEmpty();
    assertThat(head.headers().firstValue("Content-Type")).contains("application/json");
    assertThat(head.headers().firstValue("Content-Length"))
        .contains(Integer.toString(get("/health/live").body().length()));
    assertThat(send("HEAD", "/absent").statusCode()).isEqualTo(404);
  }

  @Test
  void aPageThatFailsIsAnsweredAndTheNextOneToo() throws Exception {
    serve(
        new MetricsConfig("127.0.0.1", 0),
        Health.of(List.of()),
        Map.of(
            "/broken",
            query -> {
              throw new IllegalStateException("broken");
            },
            "/echo",
            query -> Answer.text(200, query)));

    assertThat(get("/broken").statusCode()).isEqualTo(500);
    assertThat(get("/echo?a=b%20c").body()).isEqualTo("a=b%20c");
    assertThat(get("/echo").body()).isEmpty();
  }

  @Test
  @Timeout(40)
  void requestsThatAreNeverFinishedDoNotKeepOthersFromAnAnswer() throws Exception {
    List<Socket> unfinished = new ArrayList<>();
    try {
      for (int i = 0; i < 8; i++) {
        Socket socket = new Socket("127.0.0.1", endpoint.port());
        unfinished.add(socket);
        socket.getOutputStream().write("GET /hea".getBytes(UTF_8));
      }
      assertThat(get("/health/live").statusCode()).isEqualTo(200);
    } finally {
      for (Socket socket : unfinished) {
        socket.close();
      }
    }
  }

  @Test
  @Timeout(120)
  void clientsThatSendAByteASecondDoNotKeepAnybodyFromHealth() throws Exception {
    try (SlowClients slow = new SlowClients(endpoint.port(), 64)) {
      slow.awaitBytes(64);
      for (int probe = 0; probe < 10; probe++) {
        long startNs = System.nanoTime();
        assertThat(get("/health/live").statusCode()).isEqualTo(200);
        assertThat(Duration.ofNanos(System.nanoTime() - startNs))
            .as("well within a probe's patience")
            .isLessThan(Duration.ofSeconds(3));
        slow.awaitBytes(32);
      }
    }
  }

  @Test
  void aPageAskedForByAnotherNameIsNotShown() throws Exception {
    serve(
        new MetricsConfig(
            "127.0.0.1", 0, Duration.ofMinutes(1), List.of("jobs.example", "*.corp.example")),
        Health.of(List.of()),
        Map.of("/status", query -> Answer.json(200, "{}")));

    String port = ":" + endpoint.port();
    for (String own :
        List.of(
            "127.0.0.1" + port,
            "localhost" + port,
            "LocalHost",
            "a.localhost.",
            "[::1]" + port,
            "10.1.2.3" + port,
            "jobs.example" + port,
            "n1.corp.example")) {
      assertThat(statusByName("/status", own)).as(own).isEqualTo(200);
    }
    for (String other :
        List.of("evil.example" + port, "127.0.0.1.evil.example", "corp.example", "evil", "")) {
      assertThat(statusByName("/status", other)).as(other).isEqualTo(421);
      assertThat(statusByName("/metrics", other))
          .as("on loopback only this machine asks")
          .isEqualTo(421);
      assertThat(statusByName("/health/live", other)).as(other).isEqualTo(200);
    }
    assertThat(statusByName("/status", null)).as("HTTP/1.0").isEqualTo(200);
  }

  @Test
  void whereOtherMachinesScrapeMetricsTheyDoSoByAnyName() throws Exception {
    serve(
        new MetricsConfig("0.0.0.0", 0),
        Health.of(List.of()),
        Map.of("/status", query -> Answer.json(200, "{}")));

    assertThat(statusByName("/metrics", "trainer.fraud.svc:9464")).isEqualTo(200);
    assertThat(statusByName("/metrics", "trainer:9464")).isEqualTo(200);
    assertThat(statusByName("/status", "trainer.fraud.svc:9464")).isEqualTo(421);
    assertThat(statusByName("/status", "10.1.2.3:9464")).isEqualTo(200);
  }

  /** Asks by a name; the status answered. */
  private int statusByName(String path, @Nullable String host) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", endpoint.port())) {
      String version = host == null ? "1.0" : "1.1\r\nHost: " + host;
      socket
          .getOutputStream()
          .write(
              ("GET " + path + " HTTP/" + version + "\r\nConnection: close\r\n\r\n")
                  .getBytes(UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      return Integer.parseInt(answer.split(" ")[1]);
    }
  }

  @Test
  void aPortInUseIsNamed() {
    MetricsConfig taken = new MetricsConfig("127.0.0.1", endpoint.port());

    assertThatThrownBy(() -> HttpEndpoint.start(taken, telemetry, Health.of(List.of()), Map.of()))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("metrics.port=" + endpoint.port());
  }

  @Test
  void aRolesOwnPagesAreServedOnceThereIsSomethingToShow() throws Exception {
    AtomicReference<@Nullable String> shown = new AtomicReference<>();
    class Showing extends ScriptedRole {
      Showing() {
        super("counter");
      }

      @Override
      public Map<String, Supplier<Optional<String>>> jsonPages() {
        return Map.of("/counts", () -> Optional.ofNullable(shown.get()));
      }
    }
    serve(new MetricsConfig("127.0.0.1", 0), Health.of(List.of(new Showing())), Map.of());

    assertThat(get("/counts").statusCode()).isEqualTo(503);
    shown.set("{\"events\":1}");
    assertThat(get("/counts").statusCode()).isEqualTo(200);
    assertThat(get("/counts").body()).isEqualTo("{\"events\":1}\n");
    assertThat(get("/other").body()).contains("/counts");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send("GET", path);
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    return Http.send(method, endpoint.url() + path);
  }

  /** Serves this from now on. */
  private void serve(
      MetricsConfig config, Health health, Map<String, Function<String, Answer>> more) {
    endpoint.close();
    endpoint = HttpEndpoint.start(config, telemetry, health, more);
  }

  /** A role whose state the test sets. */
  private static class ScriptedRole implements RoleView {
    private final String name;
    private volatile Role.State state = Role.State.STARTING;

    ScriptedRole(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Role.Status status() {
      return new Role.Status(state, "");
    }
  }
}
