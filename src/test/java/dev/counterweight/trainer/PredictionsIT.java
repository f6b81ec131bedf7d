package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.Python;
import dev.counterweight.batch.Batches;
import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.cli.ChildJvm;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.runtime.RunningRole;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Scored events on a topic: anyone can work the metrics out anew from it. */
@Timeout(120)
class PredictionsIT {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Slices of other records that each record's is made longer by: more rows than a window. */
  private static final int SLICES = 12;

  @TempDir Path folder;
  private String topic = "";

  @BeforeEach
  void nameTheTopic() {
    topic = SharedBroker.uniqueName("predictions");
  }

  @Test
  void theMetricsWorkedOutFromThemAreThoseReported() throws Exception {
    TrainerJob job = job();
    try (Producer<byte[], byte[]> producer = job.clients().producer("test", Map.of())) {
      for (int i = 0; i < TrainerJob.RECORDS; i++) {
        byte[] value = MiniBatchFormat.write(longer(i), 4);
        producer.send(new ProducerRecord<>(job.config().topics().batches(), value));
      }
    }
    runToEnd(job);

    List<byte[]> reports = job.values(job.config().topics().metrics());
    JsonNode reported = JSON.readTree(reports.get(reports.size() - 1));
    JsonNode audited = audit(job, TrainerJob.RECORDS * TrainerJob.EVALUATED * SLICES);

    assertThat(audited.path("window").path("raw_roc_auc").size()).isEqualTo(3);
    assertThat(audited.path("fading").path("recall").size()).isEqualTo(3);
    for (String of : List.of("window", "fading")) {
      audited.path(of).properties().stream()
          .filter(metric -> !of.equals("fading") || !metric.getKey().endsWith("_auc"))
          .forEach(m -> near(of, m.getKey(), reported.path(of).path(m.getKey()), m.getValue()));
    }
    audited.properties().stream()
        .filter(metric -> !metric.getValue().has("mcc"))
        .filter(metric -> !metric.getKey().endsWith("_auc"))
        .forEach(m -> near("start", m.getKey(), reported.path(m.getKey()), m.getValue()));
    for (String area : List.of("roc_auc", "pr_auc", "raw_roc_auc", "raw_pr_auc")) {
      for (Map.Entry<String, JsonNode> one : audited.path(area).properties()) {
        double bound = reported.path(area + "_error").path(one.getKey()).doubleValue();
        assertThat(reported.path(area).path(one.getKey()).doubleValue())
            .as("%s of %s", area, one.getKey())
            .isCloseTo(one.getValue().doubleValue(), within(bound + 1e-6));
      }
    }
  }

  @Test
  void aKilledTrainerMayTellAnEventTwiceAndTellsAlikeButLeavesNoneOut() throws Exception {
    TrainerJob job = job().with("checkpoint.every.steps", "7");
    job.send(0, TrainerJob.RECORDS / 2);
    try (ChildJvm child = TrainerJob.Child.start(job)) {
      await()
          .atMost(java.time.Duration.ofSeconds(60))
          .until(() -> job.announcements().size() >= 2 || !child.running());
    }
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

  private static MiniBatch longer(int number) {
    List<MiniBatch.EvaluationSlice> slices =
        IntStream.range(0, SLICES)
            .mapToObj(i -> TrainerJob.batch(number + 1000 * i).evaluation())
            .toList();
    int n = TrainerJob.EVALUATED;
    var all =
        new MiniBatch.EvaluationSlice(
            new float[4 * n * SLICES],
            new long[n * SLICES],
            new float[n * SLICES],
            new int[n * SLICES],
            new long[n * SLICES]);
    for (int i = 0; i < SLICES; i++) {
      MiniBatch.EvaluationSlice one = slices.get(i);
      System.arraycopy(one.features(), 0, all.features(), 4 * n * i, 4 * n);
      System.arraycopy(one.labels(), 0, all.labels(), n * i, n);
      System.arraycopy(one.weights(), 0, all.weights(), n * i, n);
    }
    long rows = (long) n * SLICES;
    Arrays.setAll(all.sourceOffset(), row -> number * rows + row);
    MiniBatch batch = TrainerJob.batch(number);
    return Batches.with(
        batch,
        batch.draws(),
        all,
        TrainerJob.covering(batch.origin(), number * rows, (number + 1) * rows));
  }

  private JsonNode audit(TrainerJob job, int rows) throws IOException, InterruptedException {
    List<String> lines = new ArrayList<>();
    for (byte[] value : job.values(topic)) {
      lines.add(new String(value, java.nio.charset.StandardCharsets.UTF_8));
    }
    assertThat(lines).hasSize(rows);
    Path file = Files.write(folder.resolve("predictions.jsonl"), lines);
    Python.Outcome outcome = Python.run("src/test/python/metrics.py", file.toString(), "a,b,c");
    return JSON.readTree(outcome.output());
  }

  private static void near(String of, String name, JsonNode found, JsonNode expected) {
    if (expected.isNumber()) {
      assertThat(found.doubleValue())
          .as("%s, %s", name, of)
          .isCloseTo(expected.doubleValue(), within(1e-6));
    } else if (expected.isArray()) {
      for (int i = 0; i < expected.size(); i++) {
        near(of, name, found.path(i), expected.path(i));
      }
    } else {
      assertThat(found.size()).as("%s, %s", name, of).isEqualTo(expected.size());
      expected
          .properties()
          .forEach(e -> near(of, name + " " + e.getKey(), found.path(e.getKey()), e.getValue()));
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
    RunningRole.toEnd(job.role(true));
  }
}
