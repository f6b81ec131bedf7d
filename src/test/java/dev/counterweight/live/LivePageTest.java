package dev.counterweight.live;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.MetricsConfig;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.Http;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.Role.Status;
import dev.counterweight.runtime.Telemetry;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page over HTTP; there is no broker, and the page must work all the same. */
class LivePageTest {
  private final Telemetry telemetry = new Telemetry();
  private final LivePage page =
      LivePage.start(
          List.of(
              new LivePage.Job(
                  Jobs.config("fraud"),
                  Jobs.roles(
                      new Status(State.RUNNING, "counted 3 events"),
                      new Status(State.WAITING, "waiting for the counter"))),
              new LivePage.Job(Jobs.config("faults"), List.of())),
          Clock.systemUTC());
  private final HttpEndpoint endpoint =
      HttpEndpoint.start(
          new MetricsConfig("127.0.0.1", 0), telemetry, Health.of(List.of()), page.pages());

  @AfterEach
  void close() {
    endpoint.close();
    page.close();
    telemetry.close();
  }

  @Test
  void everythingThePageNeedsIsServedAndNothingElseIsAllowedIn() throws Exception {
    HttpResponse<String> html = get("/");
    assertThat(html.statusCode()).isEqualTo(200);
    assertThat(header(html, "Content-Type")).isEqualTo("text/html; charset=utf-8");
    assertThat(header(html, "Content-Security-Policy"))
        .contains("default-src 'self'", "frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(header(html, "X-Content-Type-Options")).isEqualTo("nosniff");

    Map<String, String> types =
        Map.of(
            "js",
            "text/javascript; charset=utf-8",
            "css",
            "text/css; charset=utf-8",
            "svg",
            "image/svg+xml");
    Matcher link = Pattern.compile("(?:href|src)=\"(/assets/[^\"]+)\"").matcher(html.body());
    int links = 0;
    while (link.find()) {
      HttpResponse<String> asset = get(link.group(1));
      assertThat(asset.statusCode()).as(link.group(1)).isEqualTo(200);
      String kind = link.group(1).substring(link.group(1).lastIndexOf('.') + 1);
      assertThat(header(asset, "Content-Type")).isEqualTo(types.get(kind));
      assertThat(asset.body()).doesNotContain("sourceMappingURL");
      links++;
    }
    assertThat(links).isGreaterThanOrEqualTo(4);
    assertThat(html.body()).doesNotContain("http://", "https://", "style=", "onclick");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/assets/../page.html",
        "/assets/../../../../etc/passwd",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2fetc%2fpasswd",
        "//etc/passwd",
        "/assets/",
        "/assets/page.js/",
        "/assets/page.class",
        "/dev/counterweight/live/page.html",
        "/status/..",
        "/assets/page.js%00.svg"
      })
  void pathsThatAreNoPagesAreRefused(String path) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", endpoint.port())) {
      OutputStream out = socket.getOutputStream();
      // Sent as it stands: a client would tidy the path up first.
      out.write(
          ("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
              .getBytes(UTF_8));
      out.flush();
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      assertThat(answer).matches("(?s)HTTP/1.1 (404|400) .*").doesNotContain("root:", "<html");
    }
  }

  @Test
  void onlyReadingIsAllowed() throws Exception {
    for (String path : List.of("/", "/status", "/assets/page.js")) {
      assertThat(send("HEAD", path).statusCode()).as(path).isEqualTo(200);
      assertThat(send("HEAD", path).body()).as(path).isEmpty();
      for (String method : List.of("POST", "PUT", "DELETE", "PATCH")) {
        assertThat(send(method, path).statusCode()).as(method + " " + path).isEqualTo(405);
      }
    }
  }

  @Test
  void stateIsToldOfTheJobAskedFor() throws Exception {
    HttpResponse<String> first = get("/status");
    assertThat(header(first, "Content-Type")).isEqualTo("application/json");
    assertThat(header(first, "Cache-Control")).isEqualTo("no-store");
    JsonNode told = new ObjectMapper().readTree(first.body());
    assertThat(told.get("job").asText()).isEqualTo("fraud");
    assertThat(told.get("jobs")).extracting(JsonNode::asText).containsExactly("fraud", "faults");
    assertThat(told.at("/roles/0/words").asText()).isEqualTo("counting");
    assertThat(told.at("/roles/1/words").asText()).isEqualTo("waiting for the counter");
    assertThat(told.at("/roles/2/here").asBoolean()).isFalse();

    assertThat(
            new ObjectMapper()
                .readTree(get("/status?since=3&job=faults").body())
                .get("job")
                .asText())
        .isEqualTo("faults");
    assertThat(get("/status?job=other").statusCode()).isEqualTo(404);
    assertThat(get("/status?since=x").statusCode()).isEqualTo(400);
  }

  @Test
  void thePageSaysThatKafkaDoesNotAnswerAndClosesAllTheSame() throws Exception {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(
                        new ObjectMapper()
                            .readTree(get("/status").body())
                            .at("/cluster/trouble")
                            .asText())
                    .isNotEmpty());
    long startNs = System.nanoTime();
    page.close();
    assertThat(Duration.ofNanos(System.nanoTime() - startNs)).isLessThan(Duration.ofSeconds(8));
  }

  private static String header(HttpResponse<String> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private HttpResponse<String> get(String path) throws Exception {
    return send("GET", path);
  }

  private HttpResponse<String> send(String method, String path) throws Exception {
    return Http.send(method, endpoint.url() + path);
  }
}
