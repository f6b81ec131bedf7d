package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.demo.SharedBroker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A file replayed with its labels apart, joined, counted and trained on up to its end. */
@Timeout(300)
class JoinedRunIT {
  private static final int ROWS = 3_000;

  @TempDir Path folder;
  private final String job = SharedBroker.uniqueName("joined");

  @Test
  void everyEventIsCountedWithItsLabelOnceTheJoinerHasEnded() throws Exception {
    int frauds = replay();
    Path config = configure();

    EndedRun run = EndedRun.of(config, "all", 180);

    assertThat(run.output()).contains("joined ", "  with their label");
    JsonNode written = run.summary();
    assertThat(written.get("labelled").asInt()).isEqualTo(ROWS);
    assertThat(written.get("matched").asInt()).isEqualTo(ROWS);
    assertThat(written.get("waiting").asInt()).isZero();
    assertThat(written.get("events").asInt()).isEqualTo(ROWS);
    assertThat(written.at("/counts/fraud").asInt()).isEqualTo(frauds);
    assertThat(written.at("/counts/ok").asInt()).isEqualTo(ROWS - frauds);
    assertThat(written.get("steps").asInt()).isPositive();
    assertThat(written.at("/metrics/gmean").asDouble()).isGreaterThan(0.8);
  }

  /** The number of frauds in it. */
  private int replay() throws IOException {
    Random random = new Random(7);
    StringBuilder rows = new StringBuilder("x,y,label\n");
    int frauds = 0;
    for (int i = 0; i < ROWS; i++) {
      boolean fraud = random.nextInt(10) == 0;
      frauds += fraud ? 1 : 0;
      rows.append(random.nextGaussian() + (fraud ? 4 : 0)).append(',');
      rows.append(random.nextGaussian()).append(fraud ? ",fraud\n" : ",ok\n");
    }
    Path file = Files.writeString(folder.resolve("rows.csv"), rows);
    Outcome replayed =
        Outcome.of(
            "replay",
            "--bootstrap-server=" + SharedBroker.bootstrapServers(),
            "--file=" + file,
            "--topic=" + job + "-events",
            "--labels-topic=" + job + "-labels",
            "--labels-delay=1m..2h");
    assertThat(replayed.succeeded())
        .contains("labels.topic=" + job + "-labels labels.format=json labels.label=label")
        .contains("labels.wait=7200000ms");
    return frauds;
  }

  private Path configure() throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "job=" + job,
                "bootstrap.servers=" + SharedBroker.bootstrapServers(),
                "events.topic=" + job + "-events",
                "events.features=x,y",
                "events.classes=ok,fraud",
                "labels.topic=" + job + "-labels",
                "labels.label=label",
                "labels.wait=7200000ms",
                "labels.state.dir=" + folder.resolve("state"),
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "metrics.port=0"));
    return Files.write(folder.resolve("job.properties"), lines);
  }
}
