package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.StreamIdentity;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What the trainer does with batch records, without their log. */
public final class BrokerlessTrainer implements AutoCloseable {
  private static final String WRITER = "brokerless";
  private static final Clock STOPPED =
      Clock.fixed(Instant.parse("2000-01-01T00:00:00Z"), ZoneOffset.UTC);

  private final JobConfig config;
  private final List<String> classes;
  private final TrainingRun run;
  private @Nullable TrainResult last;

  public BrokerlessTrainer(JobConfig config) {
    this(config, prediction -> {});
  }

  /**
   * @param predictions gets each as it would stand on its topic
   */
  public BrokerlessTrainer(JobConfig config, Consumer<byte[]> predictions) {
    this.config = config;
    this.classes = config.events().schema().classes();
    this.run =
        new TrainingRun(config, prediction -> predictions.accept(prediction.toJson(classes)));
  }

  /** Tests and trains on the next record. */
  public void train(MiniBatch batch) {
    last = run.train(batch);
  }

  /** The metrics since the start, as a summary has them. */
  public Map<String, Object> metrics() {
    return NamedMetrics.of(run.evaluation().sinceStart(), classes).toMap();
  }

  /** By candidate, its share in what is served; none where there is one. */
  public Map<String, Double> candidates() {
    return run.candidateShares();
  }

  /** The trainer's report, at no time, as it would stand on its topic. */
  public byte[] report() {
    return report(run.progress().records());
  }

  /**
   * The same of a log that has gaps.
   *
   * @param batchOffset of the first record not yet trained on
   */
  public byte[] report(long batchOffset) {
    return new ProgressReport(config.job(), classes, 0)
        .of(run, 0, batchOffset, last, null, true)
        .toJson();
  }

  /** A checkpoint's files as they would be now, by name; checkpoint.json is none of them. */
  public SortedMap<String, byte[]> files() {
    return run.files();
  }

  /** Writes a checkpoint, of no time and without a parent, where offsets are records' numbers. */
  public StoredCheckpoint save(Path folder) throws IOException {
    return save(folder, run.progress().records(), null);
  }

  /**
   * The same of a log that has gaps.
   *
   * @param batchOffset of the first record not yet trained on
   * @param parent name of the checkpoint before
   */
  public StoredCheckpoint save(Path folder, long batchOffset, @Nullable String parent)
      throws IOException {
    return store(folder)
        .write(
            new CheckpointDescription(config, STOPPED)
                .manifest(run, batchOffset, new StreamIdentity("cluster", "topic"), WRITER, parent),
            run.files());
  }

  /** Goes on from a checkpoint that was saved to this folder. */
  public void resume(Path folder, StoredCheckpoint saved) throws IOException {
    StoredCheckpoint read = store(folder).read(saved.ref());
    run.restore(read.ref().name(), read.files());
  }

  @Override
  public void close() {
    run.close();
  }

  private CheckpointFolder store(Path folder) {
    return new CheckpointFolder(folder, config.job(), WRITER);
  }
}
