package dev.counterweight.scorer;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointReader;
import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.letters.RefusedRecords;
import dev.counterweight.simulation.Place;
import dev.counterweight.simulation.StreamsProcess;
import dev.counterweight.simulation.SubTopology;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.Outgoing;
import dev.counterweight.streams.TaskProcessor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * A scorer's tasks in a simulated world: what {@link ScorerTopology} builds, by models that are
 * loaded when the world says so.
 */
public final class ScorerTasks {
  private static final int MOST_BYTES = 100_000;
  private static final long COMMIT_MS = 100;

  private final CheckpointReader store;
  private final Models models = new Models();

  public ScorerTasks(JobConfig config) {
    store = new CheckpointReader(config.trainer().checkpoints().dir());
  }

  /** Has an announced checkpoint answer from now on; one that cannot be read does not. */
  public void take(Announcement announced) {
    try {
      models.swap(ServedCheckpoint.of(announced.named().readServed(store)), 0);
    } catch (IOException e) {
      return; // the one before goes on
    }
  }

  /** Whether a model answers. */
  public boolean ready() {
    return models.current() != null;
  }

  /** A scorer process, once there is a model. */
  public StreamsProcess process(
      Place place, JobConfig config, InputOffsets offsets, MeterRegistry registry) {
    ScorerSettings settings =
        new ScorerSettings(
            config.topics(),
            Objects.requireNonNull(config.scorer().events()),
            models,
            WriterSchemas.NONE,
            config.scorer().reasons(),
            MOST_BYTES,
            true,
            null,
            offsets,
            new OwnScores(),
            new RefusedRecords(
                config.topics().deadLetters(), MOST_BYTES, new ByteRate(0), place.time()),
            new ScorerMeters(registry, config.job(), config.events().schema().classes()));
    return new StreamsProcess(
        place,
        config.topics().groupOf("scorer"),
        List.of(scoring(settings)),
        (schemas, budget) -> new ScorerIntake(settings.events(), schemas, budget),
        COMMIT_MS);
  }

  private static SubTopology<byte[], byte[], byte[], Outgoing> scoring(ScorerSettings settings) {
    return new SubTopology<>(
        "score",
        List.of(settings.events().topic()),
        partition -> scorer(settings),
        new LinkedHashMap<>(),
        read ->
            new Record<>(read.key(), read.value(), Math.max(0, read.timestamp()), read.headers()),
        SubTopology.Writing.outgoing(
            ScoreTask.SCORES, settings.names().scores(), settings.names().deadLetters()));
  }

  private static Processor<byte[], byte[], byte[], Outgoing> scorer(ScorerSettings settings) {
    return new TaskProcessor<>(context -> new ScoreTask(settings, context));
  }
}
