package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.config.JobConfig;
import java.util.Map;

/** What the trainer does with batch records, without their log and without checkpoints. */
public final class BrokerlessTrainer implements AutoCloseable {
  private final JobConfig config;
  private final TrainingRun run;

  public BrokerlessTrainer(JobConfig config) {
    this.config = config;
    this.run = new TrainingRun(config);
  }

  /** Tests and trains on the next record. */
  public void train(MiniBatch batch) {
    run.train(batch);
  }

  /** The metrics since the start, as a summary has them. */
  public Map<String, Object> metrics() {
    return run.evaluation().sinceStart().toMap(config.events().schema().classes());
  }

  @Override
  public void close() {
    run.close();
  }
}
