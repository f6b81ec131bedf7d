package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.joiner.JoinRecount;
import dev.counterweight.joiner.JoinStream;
import dev.counterweight.joiner.JoinStream.Conflict;
import dev.counterweight.joiner.JoinStream.Rules;
import dev.counterweight.joiner.LabelledLog;
import dev.counterweight.joiner.PublishedStream;
import dev.counterweight.joiner.PublishedStream.Shape;
import dev.counterweight.kafka.KafkaClients;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Seven days of events and labels at full speed, up to the end of both. The label topic is larger
 * by far, so that it is read behind the events: nothing that has a label in it is called
 * unlabelled.
 *
 * <p>{@code -Dcounterweight.events=N} makes the week denser.
 */
@Timeout(600)
class CatchUpIT {
  private static final int EVENTS = Integer.getInteger("counterweight.events", 20_000);
  private static final List<String> CLASSES = List.of("ok", "odd", "fraud");
  private static final Rules RULES =
      new Rules(
          Duration.ofDays(2).toMillis(),
          60_000,
          Duration.ofDays(1).toMillis(),
          0,
          Conflict.FIRST,
          CLASSES.size());
  private static final int LABEL_BYTES = 2_000;

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"key:, 6, true", "key:, 4, true", "card, 4, false"})
  void aWeekIsJoinedAsIfEveryLabelHadBeenThereInTime(String key, int labelPartitions, boolean byKey)
      throws Exception {
    String job = SharedBroker.uniqueName("week");
    KafkaClients clients =
        new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));
    long weekMs = Duration.ofDays(7).toMillis();
    // Labels come up to five days after their events: brokers take none from the future.
    long startMs = System.currentTimeMillis() - 2 * weekMs;
    JoinStream stream = JoinStream.of(RULES, EVENTS, startMs, weekMs / (EVENTS + 1), 3);
    JoinRecount recount = new JoinRecount(stream);
    PublishedStream published =
        PublishedStream.write(
            clients, stream, CLASSES, job, new Shape(6, labelPartitions, byKey, LABEL_BYTES));

    JsonNode summary = joinToTheEnd(job, key);

    try (LabelledLog log = new LabelledLog(clients, job + ".labelled", published)) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> log.records(Duration.ofMillis(100)) >= recount.records());
      log.assertAsRecounted(recount);
      assertThat(log.records(Duration.ofMillis(500))).isEqualTo(recount.records());
    }
    assertThat(summary.path("labelled").asLong()).isEqualTo(recount.records());
    assertThat(summary.path("corrected").asLong()).isEqualTo(recount.records() - EVENTS);
    assertThat(summary.path("waiting").asLong()).isZero();
  }

  private JsonNode joinToTheEnd(String job, String key) throws Exception {
    Path config =
        Files.write(
            folder.resolve("job.properties"),
            List.of(
                "job=" + job,
                "bootstrap.servers=" + SharedBroker.bootstrapServers(),
                "events.topic=" + job + "-events",
                "events.classes=" + String.join(",", CLASSES),
                "events.features=a",
                "events.key=" + key,
                "labels.topic=" + job + "-labels",
                "labels.label=outcome",
                "labels.time=at",
                "labels.key=" + key,
                "labels.wait=" + RULES.waitMs() + "ms",
                "labels.grace=" + RULES.graceMs() + "ms",
                "labels.correct.for=" + RULES.correctForMs() + "ms",
                "labels.missing=" + CLASSES.get(RULES.missing()),
                "labels.at.end=expire",
                "labels.state.dir=" + folder.resolve("state"),
                "checkpoint.dir=unused",
                "metrics.port=0"));
    return EndedRun.of(config, "joiner", 300, "--role", "joiner").summary();
  }
}
