package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.registry.ApicurioRegistry;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A CSV file replayed as Protobuf and trained on, with a registry and without. */
@Timeout(180)
class ProtobufEventsIT {
  @TempDir Path folder;
  private final String events = SharedBroker.uniqueName("events");

  @Test
  void framedEventsOfTwoSchemasAreTrainedOnAndAnUnknownIdIsOneDeadLetter() throws Exception {
    String registry = ApicurioRegistry.shared().url();
    String framed = "--schema-registry=" + registry;
    replay(table("amount,card.country,ts", 600), framed);
    replay(table("note,ts,card.country,card.age,amount", 400), framed);
    send(new byte[] {0, 0x7f, 0, 0, 1, 0, 10, 0});

    String report = run("events.schema.registry=" + registry);

    JsonNode summary = summary();
    assertThat(summary.get("events").asLong()).as(report).isEqualTo(1_000);
    assertThat(summary.get("dead_letters").asLong()).as(report).isEqualTo(1);
    assertThat(summary.get("steps").asLong()).as(report).isGreaterThan(5);
    assertThat(Files.readString(folder.resolve("log"))).contains("unknown_schema");
  }

  @Test
  void plainEventsAreReadByTheSchemaThatReplayWrote() throws Exception {
    Path schema = folder.resolve("events.proto");
    replay(table("amount,card.country,ts", 500), "--schema-out=" + schema);

    String report = run("events.schema.file=" + schema);

    assertThat(summary().get("events").asLong()).as(report).isEqualTo(500);
    assertThat(summary().get("dead_letters").asLong()).as(report).isZero();
  }

  private String run(String... settings) throws Exception {
    List<String> lines = new ArrayList<>();
    lines.addAll(
        List.of(
            "job=" + SharedBroker.uniqueName("job"),
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + events,
            "events.format=protobuf",
            "events.label=outcome",
            "events.classes=ok,fraud",
            "events.features=amount,card.country,ts",
            "feature.amount.missing=mean",
            "feature.card.country.type=category",
            "feature.card.country.buckets=16",
            "feature.card.country.missing=mean",
            "feature.ts.type=time",
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "evaluation.share=1",
            "metrics.port=0"));
    lines.addAll(List.of(settings));
    Path config = Files.write(folder.resolve("job.properties"), lines);
    List<String> args =
        List.of(
            "run",
            "--stop-at-end",
            "--summary",
            folder.resolve("summary.json").toString(),
            "--config",
            config.toString());
    try (ChildJvm run = ChildJvm.start(folder.resolve("log"), args)) {
      assertThat(run.await(120)).as(run.output()).isZero();
      return run.output();
    }
  }

  private JsonNode summary() throws Exception {
    return new ObjectMapper().readTree(folder.resolve("summary.json").toFile());
  }

  private void replay(Path table, String schema) {
    StringWriter text = new StringWriter();
    PrintWriter print = new PrintWriter(text, true);
    int code =
        Main.execute(
            print,
            print,
            "replay",
            "--bootstrap-server=" + SharedBroker.bootstrapServers(),
            "--topic=" + events,
            "--file=" + table,
            "--label=outcome",
            "--format=protobuf",
            schema);
    assertThat(code).as(text.toString()).isZero();
  }

  private Path table(String columns, int rows) throws Exception {
    RandomGenerator random = RandomGeneratorFactory.of("L64X128MixRandom").create(3);
    List<String> lines = new ArrayList<>();
    lines.add(columns + ",outcome");
    for (int i = 0; i < rows; i++) {
      boolean fraud = random.nextInt(5) == 0;
      List<String> fields = new ArrayList<>();
      for (String column : columns.split(",")) {
        fields.add(
            switch (column) {
              case "amount" -> i % 7 == 0 ? "" : String.valueOf(random.nextGaussian());
              case "card.country" -> i % 9 == 0 ? "" : fraud ? "XX" : "DE";
              case "card.age" -> String.valueOf(random.nextInt(80));
              case "ts" -> "2026-09-21T13:%02d:%02dZ".formatted(i / 60 % 60, i % 60);
              default -> "some words, " + i;
            });
      }
      fields.replaceAll(field -> "\"" + field + "\"");
      lines.add(String.join(",", fields) + "," + (fraud ? "fraud" : "ok"));
    }
    return Files.write(folder.resolve("rows.csv"), lines);
  }

  private void send(byte[] value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", SharedBroker.bootstrapServers()),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      producer.send(new ProducerRecord<>(events, value)).get();
    }
  }
}
