package dev.counterweight.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.Python;
import dev.counterweight.demo.SharedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scored events on a topic: anyone can work the metrics out anew from it. */
@Timeout(120)
class PredictionsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Of areas since the start, whose scores are binned to 1/32 of a unit of their logit. */
  private static final double BINNED = 0.01;

  @TempDir Path folder;
  private String topic = "";

  @BeforeEach
  void nameTheTopic() {
    topic = SharedBroker.uniqueName("predictions");
  }

  @Test
  void theMetricsWorkedOutFromThemAreThoseReported() throws Exception {
    TrainerJob job = job();
    job.send(0, TrainerJob.RECORDS);
    runToEnd(job);

    List<byte[]> reports = job.values(job.config().topics().metrics());
    JsonNode reported = JSON.readTree(reports.get(reports.size() - 1));
    JsonNode audited = audit(job);

    audited.properties().stream()
        .filter(metric -> !metric.getKey().equals("window"))
        .forEach(
            metric ->
                near(metric.getKey(), reported.path(metric.getKey()), metric.getValue(), BINNED));
    audited.path("window").properties().stream()
        // Of the model's own scores, a window keeps none.
        .filter(metric -> !metric.getKey().startsWith("raw"))
        .forEach(
            metric -> {
              JsonNode found = reported.path("window").path(metric.getKey());
              near(metric.getKey(), found, metric.getValue(), 1e-6);
            });
  }

  @Test
  void aKilledTrainerMayTellAnEventTwiceAndTellsAlikeButLeavesNoneOut() throws Exception {
    TrainerJob job = job().with("checkpoint.every.steps", "7");
    job.send(0, TrainerJob.RECORDS / 2);
    Process child = TrainerJob.Child.start(job);
    await()
        .atMost(java.time.Duration.ofSeconds(60))
        .until(() -> job.announcements().size() >= 2 || !child.isAlive());
    child.destroyForcibly().waitFor();
    job.send(TrainerJob.RECORDS / 2, TrainerJob.RECORDS);
    runToEnd(job);

    Map<Long, JsonNode> told = new java.util.HashMap<>();
    for (byte[] value : job.values(topic)) {
      JsonNode prediction = JSON.readTree(value);
      JsonNode before = told.put(prediction.path("offset").asLong(), prediction);
      assertThat(before == null || before.equals(prediction)).isTrue();
    }
    assertThat(told.keySet()).isEqualTo(evaluated());
  }

  private TrainerJob job() {
    return TrainerJob.create(folder.resolve("checkpoints"))
        .with("evaluation.predictions.topic", topic);
  }

  private JsonNode audit(TrainerJob job) throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    for (byte[] value : job.values(topic)) {
      lines.add(new String(value, java.nio.charset.StandardCharsets.UTF_8));
    }
    assertThat(lines).hasSize(TrainerJob.RECORDS * TrainerJob.EVALUATED);
    Path file = Files.write(folder.resolve("predictions.jsonl"), lines);
    Python.Outcome outcome = Python.run("src/test/python/metrics.py", file.toString(), "a,b,c");
    return JSON.readTree(outcome.output());
  }

  private static void near(String name, JsonNode found, JsonNode expected, double binned) {
    double tolerance = name.endsWith("_auc") ? binned : 1e-6;
    if (expected.isNumber()) {
      assertThat(found.doubleValue()).as(name).isCloseTo(expected.doubleValue(), within(tolerance));
    } else if (expected.isArray()) {
      for (int i = 0; i < expected.size(); i++) {
        near(name, found.path(i), expected.path(i), binned);
      }
    } else {
      assertThat(found.size()).as(name).isEqualTo(expected.size());
      expected.properties().forEach(e -> near(name, found.path(e.getKey()), e.getValue(), binned));
    }
  }

  private static Set<Long> evaluated() {
    Set<Long> offsets = new HashSet<>();
    for (long record = 0; record < TrainerJob.RECORDS; record++) {
      for (int row = 0; row < TrainerJob.EVALUATED; row++) {
        offsets.add(record * TrainerJob.EVENTS_A_RECORD + row);
      }
    }
    return offsets;
  }

  private static void runToEnd(TrainerJob job) throws Exception {
    try (TrainerRole role = job.role(true)) {
      role.run();
    }
  }
}
