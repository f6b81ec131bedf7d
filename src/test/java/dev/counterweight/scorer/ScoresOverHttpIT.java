package dev.counterweight.scorer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.protocol.ServedScore;
import dev.counterweight.runtime.Role.State;
import dev.counterweight.runtime.RunningRole;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A scorer that answers requests, alone and beside a topic. */
@Timeout(180)
class ScoresOverHttpIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @TempDir Path folder;

  private final HttpClient client = HttpClient.newHttpClient();

  @Test
  void requestsAreRefusedWithTheReasonUntilThereIsAModelAndAnsweredByEachFromThenOn()
      throws Exception {
    try (ScoredJob job =
        new ScoredJob(folder, 1, Map.of("scores.port", "0", "scores.events.topic", "none"))) {
      ScorerRole role = job.role(false);
      try (RunningRole scorer = new RunningRole(role)) {
        await().atMost(SOON).until(() -> role.address().isPresent());
        String url = role.address().orElseThrow();
        HttpResponse<String> early = ask(url);
        assertThat(early.statusCode()).isEqualTo(503);
        assertThat(early.body()).contains("the scorer has no model yet");
        assertThat(get(url + "/v2/health/live").statusCode()).isEqualTo(200);
        assertThat(get(url + "/v2/health/ready").statusCode()).isEqualTo(503);

        job.announce(5);
        await().atMost(SOON).until(() -> ask(url).statusCode() == 200);
        assertThat(score(url).step()).isEqualTo(5);
        assertThat(get(url + "/v2/health/ready").statusCode()).isEqualTo(200);
        assertThat(scorer.status().state()).isEqualTo(State.RUNNING);

        job.announce(6);
        await().atMost(SOON).until(() -> score(url).step() == 6);
        String models = url + "/v2/models/" + job.job;
        assertThat(get(models).body()).contains("\"versions\":[\"6\",\"5\"]");
        assertThat(get(models + "/versions/5/ready").statusCode()).isEqualTo(200);
      }
    }
  }

  @Test
  void aTopicIsScoredBesideRequestsAndTheSame() throws Exception {
    try (ScoredJob job = new ScoredJob(folder, 1, Map.of("scores.port", "0"))) {
      job.announce(5);
      ScorerRole role = job.role(false);
      try (RunningRole scorer = new RunningRole(role)) {
        job.send(1, 7);
        await().atMost(SOON).until(() -> job.scores().size() == 7);

        ServedScore asked = score(role.address().orElseThrow());

        ServedScore same = job.scores().get(3); // its amount is 3, too
        assertThat(asked.probabilities()).isEqualTo(same.probabilities());
        assertThat(asked.decision()).isEqualTo(same.decision());
        assertThat(asked.checkpoint()).isEqualTo(same.checkpoint());
        assertThat(scorer.status().state()).isEqualTo(State.RUNNING);
      }
    }
  }

  private ServedScore score(String url) throws Exception {
    return ServedScore.parse(ask(url).body().getBytes(StandardCharsets.UTF_8));
  }

  private HttpResponse<String> ask(String url) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(url + "/score"))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString("{\"amount\":3}"))
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private HttpResponse<String> get(String url) throws Exception {
    return client.send(
        HttpRequest.newBuilder(URI.create(url)).build(), HttpResponse.BodyHandlers.ofString());
  }
}
