package dev.counterweight.counter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.MetricsConfig;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.RunningRole;
import dev.counterweight.runtime.Telemetry;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a running counter shows over HTTP. */
@Timeout(180)
class CounterPagesIT {
  private final HttpClient http = HttpClient.newHttpClient();

  @Test
  void eachOfTwoCountersShowsTheWholeJobAndSumsUpItsOwn() throws Exception {
    CountedJob job = new CountedJob(2, Map.of());
    try (RunningRole first = job.start();
        Telemetry telemetry = new Telemetry();
        HttpEndpoint pages = serve(telemetry, first)) {
      job.send(0, 20, "ok");
      CountedJob.awaitEvents(first, 20);
      try (RunningRole second = job.start();
          HttpEndpoint others = serve(telemetry, second)) {
        await()
            .atMost(CountedJob.TIMEOUT)
            .until(() -> second.status().detail(), detail -> detail.matches(".*; [12] tasks.*"));
        job.send(0, 6, "fraud");
        job.send(1, 6, "ok");
        CountedJob.awaitEvents(first, 32);
        CountedJob.awaitEvents(second, 32);

        for (HttpEndpoint any : List.of(pages, others)) {
          JsonNode counts = new ObjectMapper().readTree(get(any, "/counts").body());
          assertThat(counts.path("job").asText()).isEqualTo(job.name);
          assertThat(counts.path("events").asLong()).isEqualTo(32);
          assertThat(counts.path("classes").path("fraud").path("events").asLong()).isEqualTo(6);
          assertThat(SnapshotJson.read(get(any, "/weights").body().getBytes(UTF_8)).weights())
              .isEqualTo(job.newest().weights());
        }
        assertThat(own(first) + own(second)).isEqualTo(32);
        assertThat(own(first)).isGreaterThanOrEqualTo(20);
      }
    }
  }

  private static long own(RunningRole counter) {
    return counter.summary().get("events") instanceof Long events ? events : -1;
  }

  private static HttpEndpoint serve(Telemetry telemetry, RunningRole counter) {
    return HttpEndpoint.start(
        new MetricsConfig("127.0.0.1", 0), telemetry, Health.of(counter.roles()), Map.of());
  }

  private HttpResponse<String> get(HttpEndpoint pages, String path)
      throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + pages.port() + path)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
