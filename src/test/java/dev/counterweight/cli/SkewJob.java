package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.ConfigSources;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.protocol.ServedScore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A job on {@link SkewRows} in one format, which trains to their end, and what came of it. */
final class SkewJob {
  static final List<String> CLASSES = List.of("ok", "fraud");

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final SkewRows rows;
  private final String format;
  private final String job = SharedBroker.uniqueName("skew");
  private final KafkaClients clients =
      new KafkaClients(new KafkaConfig(SharedBroker.bootstrapServers(), Map.of()));

  /** What was told of one event by the model of a step. */
  @SuppressWarnings("ArrayRecordComponent")
  record Told(long offset, long step, double[] probabilities, String decision) {}

  SkewJob(Path folder, SkewRows rows, String format) {
    this.folder = folder;
    this.rows = rows;
    this.format = format;
  }

  String name() {
    return job;
  }

  /** Publishes the events, and writes the job's file. */
  void publish(List<String> settings) throws IOException {
    List<String> replay =
        new ArrayList<>(
            List.of(
                "replay",
                "--bootstrap-server=" + SharedBroker.bootstrapServers(),
                "--topic=" + job + "-events",
                "--partitions=1",
                "--file=" + rows.csv(folder.resolve("rows.csv")),
                "--label=outcome",
                "--classes=ok,fraud",
                "--format=" + format));
    List<String> lines = new ArrayList<>();
    if (format.equals("avro") || format.equals("protobuf")) {
      replay.add("--schema-out=" + folder.resolve("events.schema"));
      lines.add("events.schema.file=" + folder.resolve("events.schema"));
    }
    execute(replay);
    lines.addAll(
        List.of(
            "job=" + job,
            "bootstrap.servers=" + SharedBroker.bootstrapServers(),
            "events.topic=" + job + "-events",
            "events.format=" + format,
            "events.label=outcome",
            "events.classes=ok,fraud",
            "checkpoint.dir=" + folder.resolve("checkpoints"),
            "evaluation.share=1",
            "evaluation.predictions.topic=" + predictions(),
            // One weight for the whole stream: that of a checkpoint is that of the next record.
            "weights.formula=fixed(1,20)",
            "sampler.draws.per.event=2",
            // A record is a step, and a step a checkpoint.
            "batch.size=256",
            "learning.rate=0.01",
            "sampler.linger=1m",
            "checkpoint.every.steps=1",
            "checkpoint.keep=2000",
            "metrics.port=0",
            "device=cpu"));
    lines.addAll(rows.properties());
    lines.addAll(settings);
    Files.write(file(), lines);
  }

  private String predictions() {
    return job + "-predictions";
  }

  Path file() {
    return folder.resolve("job.properties");
  }

  /** Runs a role to the end of what there is. */
  void run(String role) throws Exception {
    List<String> args = List.of("run", "--role=" + role, "--stop-at-end", "--config=" + file());
    try (ChildJvm run = ChildJvm.start(folder.resolve(role + ".log"), args)) {
      assertThat(run.await(900)).as(run.output()).isZero();
    }
  }

  static String execute(List<String> args) {
    return Outcome.of(args).succeeded();
  }

  /** All checkpoints, oldest first; at its end a job writes one more of the last step. */
  List<StoredCheckpoint> checkpoints() {
    try (Stream<Path> folders = Files.list(folder.resolve("checkpoints"))) {
      return folders.sorted().map(StoredCheckpoint::at).map(SkewJob::served).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Without what only training goes on from, which is large. */
  private static StoredCheckpoint served(StoredCheckpoint all) {
    TreeMap<String, byte[]> model = new TreeMap<>(all.files());
    model.keySet().retainAll(List.of(StoredCheckpoint.MODEL, StoredCheckpoint.FOREST));
    return new StoredCheckpoint(all.ref(), all.location(), all.manifest(), model);
  }

  /** The columns of all events, decoded as the scorer does. */
  float[] columns(FeatureSchema features) {
    JobConfig config = JobConfigLoader.load(ConfigSources.merge(file(), Map.of(), List.of()));
    EventDecoder decoder = config.events().headlessDecoder(features, CLASSES, WriterSchemas.NONE);
    float[] columns = new float[rows.count() * features.columnCount()];
    WholeLog.forEach(
        clients,
        job + "-events",
        found -> {
          try {
            decoder.features(
                RawEvent.of(found.value(), found.timestamp()),
                columns,
                Math.toIntExact(found.offset()) * features.columnCount());
          } catch (EventRejectedException e) {
            throw new AssertionError(e);
          }
        });
    return columns;
  }

  /** What the trainer told of events before it trained on them. */
  List<Told> toldByTrainer() {
    return WholeLog.read(
        clients,
        predictions(),
        value -> {
          JsonNode told = read(value);
          return new Told(
              told.path("offset").asLong(),
              told.path("step").asLong(),
              new double[] {
                told.path("served").get(0).doubleValue(), told.path("served").get(1).doubleValue()
              },
              told.path("decision").asText());
        });
  }

  /** What the scorer told of them on its topic. */
  List<Told> toldByScorer() {
    return WholeLog.read(
        clients,
        job + ".scores",
        value -> {
          ServedScore told = ServedScore.parse(value);
          return new Told(
              Objects.requireNonNull(told.place()).offset(),
              told.step(),
              CLASSES.stream().mapToDouble(told.probabilities()::get).toArray(),
              told.decision());
        });
  }

  private static JsonNode read(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
