package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.SharedBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How a run up to the end of a topic ends whose events cannot be used. */
@Timeout(180)
class RefusedEventsIT {
  @TempDir Path folder;
  private final String events = SharedBroker.uniqueName("events");

  @Test
  void aRunThatRefusedMostEventsExitsWithOneAndSaysWhy() throws Exception {
    SharedBroker.createTopic(events, 1);
    send("{\"amount\":1,\"class\":\"maybe\"}", 120);
    send("{\"class\":\"ok\"}", 30);
    send("{\"amount\":1,\"class\":\"ok\"}", 50);

    assertThat(run(1, "evaluation.share=1"))
        .contains("error: 150 of 200 events were refused (120 unknown_label, 30 missing_feature)")
        .contains("At most dead.letters.max.share=0.5 may be");
    assertThat(new ObjectMapper().readTree(summary().toFile()).get("dead_letters").asLong())
        .isEqualTo(150);

    assertThat(run(0, "evaluation.share=1", "dead.letters.max.share=0.75"))
        .contains("WARN  RunCommand - 150 of 200 events were refused")
        .doesNotContain("error: ");
  }

  private String run(int code, String... settings) throws Exception {
    List<String> lines =
        List.of(
            "job=" + SharedBroker.uniqueName("job"),
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + events,
            "events.label=class",
            "events.classes=ok,fraud",
            "events.features=amount",
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "metrics.port=0",
            String.join("\n", settings));
    Path config = Files.write(folder.resolve("job.properties"), lines);
    Path log = folder.resolve("log");
    Files.deleteIfExists(log);
    List<String> args =
        List.of(
            "run",
            "--stop-at-end",
            "--summary",
            summary().toString(),
            "--config",
            config.toString());
    try (ChildJvm run = ChildJvm.start(log, args)) {
      assertThat(run.await(120)).as(run.output()).isEqualTo(code);
      return run.output();
    }
  }

  private Path summary() {
    return folder.resolve("summary.json");
  }

  private void send(String value, int times) {
    try (KafkaProducer<byte[], byte[]> producer = SharedBroker.producer(Map.of())) {
      for (int i = 0; i < times; i++) {
        var unused = producer.send(new ProducerRecord<>(events, value.getBytes(UTF_8)));
      }
    }
  }
}
