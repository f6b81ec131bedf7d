package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.demo.SharedBroker;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckCommandIT {
  @TempDir Path folder;
  private final String events = SharedBroker.uniqueName("events");
  private final String job = SharedBroker.uniqueName("job");
  private final StringWriter out = new StringWriter();

  @Test
  void goodEventsAreCountedByClassAndAllIsWell() throws IOException {
    SharedBroker.createTopic(events, 2);
    send("{\"amount\":1,\"class\":\"ok\"}", "{\"amount\":2,\"class\":\"fraud\"}");

    assertThat(run("check")).as(out.toString()).isZero();

    assertThat(out.toString())
        .contains("2 of the newest read, 0 would be dead letters")
        .contains("class ok: 1")
        .contains("class fraud: 1")
        .contains("absent, a role will create it")
        .contains("all well");
  }

  @Test
  void eventsThatWouldBeDeadLettersAreShownWithTheirRule() throws IOException {
    SharedBroker.createTopic(events, 1);
    send(
        "{\"amount\":1,\"class\":\"ok\"}",
        "{\"amount\":1,\"class\":\"maybe\"}",
        "{\"class\":\"ok\"}",
        "no json");

    assertThat(run("check")).isEqualTo(1);

    assertThat(out.toString())
        .contains("4 of the newest read, 3 would be dead letters")
        .contains("partition 0, offset 1: label 'maybe' in field 'class'")
        .contains("partition 0, offset 2: feature 'amount' is missing")
        .contains("partition 0, offset 3: not JSON")
        .contains("mend: ");
  }

  @Test
  void anEventsTopicThatIsNotThereIsAProblem() throws IOException {
    assertThat(run("check")).isEqualTo(1);

    assertThat(out.toString()).contains("topic '" + events + "' does not exist");
  }

  @Test
  void topicsCreatesTheJobsOwnAndMayBeRunAgain() throws IOException {
    assertThat(run("topics")).isZero();
    assertThat(out.toString()).contains("created  " + job + ".batches");
    assertThat(run("topics")).isZero();
    assertThat(out.toString()).contains("in place " + job + ".batches");
  }

  private int run(String command) throws IOException {
    Path config =
        Files.write(
            folder.resolve("job.properties"),
            List.of(
                "job=" + job,
                "bootstrap.servers=" + SharedBroker.bootstrapServers(),
                "events.topic=" + events,
                "events.label=class",
                "events.classes=ok,fraud",
                "events.features=amount",
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "metrics.port=0"));
    PrintWriter print = new PrintWriter(out, true);
    return Main.execute(print, print, command, "--config", config.toString());
  }

  private void send(String... values) {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", SharedBroker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (String value : values) {
        producer.send(
            new ProducerRecord<>(events, 0, null, value.getBytes(StandardCharsets.UTF_8)));
      }
    }
  }
}
