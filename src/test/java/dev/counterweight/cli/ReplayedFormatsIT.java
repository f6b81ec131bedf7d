package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.registry.ApicurioRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * CSV files replayed in formats that have a schema, and trained on, with a registry and without.
 */
@Timeout(180)
class ReplayedFormatsIT {
  @TempDir Path folder;
  private final String events = SharedBroker.uniqueName("events");

  @ParameterizedTest
  @ValueSource(strings = {"avro", "protobuf"})
  void framedEventsOfTwoSchemasAreTrainedOn(String format) throws Exception {
    String registry = ApicurioRegistry.shared().url();
    String framed = "--schema-registry=" + registry;
    replay(format, table("amount,card.country,ts", 600), framed);
    replay(format, table("note,ts,card.country,card.age,amount", 400), framed);
    send(new byte[] {0, 0x7f, 0, 0, 1, 0, 10, 0});

    EndedRun run = EndedRun.of(configure(format, "events.schema.registry=" + registry), "run", 120);

    JsonNode summary = run.summary();
    assertThat(summary.get("events").asLong()).as(run.output()).isEqualTo(1_000);
    assertThat(summary.get("dead_letters").asLong()).as("no such schema").isEqualTo(1);
    assertThat(summary.get("steps").asLong()).as(run.output()).isGreaterThan(5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"avro", "protobuf"})
  void plainEventsAreReadByTheSchemaThatReplayWrote(String format) throws Exception {
    Path schema = folder.resolve("events.schema");
    replay(format, table("amount,card.country,ts", 500), "--schema-out=" + schema);

    Path config = configure(format, "events.schema.file=" + schema);
    assertThat(execute("check", "--config=" + config))
        .contains("500 of the newest read, 0 would be dead letters", "class fraud: ");
  }

  private Path configure(String format, String... settings) throws Exception {
    List<String> lines = new ArrayList<>();
    lines.addAll(
        List.of(
            "job=" + SharedBroker.uniqueName("job"),
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + events,
            "events.format=" + format,
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
    return Files.write(folder.resolve("job.properties"), lines);
  }

  private void replay(String format, Path table, String schema) {
    execute(
        "replay",
        "--bootstrap-server=" + SharedBroker.bootstrapServers(),
        "--topic=" + events,
        "--file=" + table,
        "--label=outcome",
        "--format=" + format,
        schema);
  }

  private static String execute(String... args) {
    return Outcome.of(args).succeeded();
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
    try (KafkaProducer<byte[], byte[]> producer = SharedBroker.producer(Map.of())) {
      producer.send(new ProducerRecord<>(events, value)).get();
    }
  }
}
