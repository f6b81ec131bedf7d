package dev.counterweight.trainer;

import dev.counterweight.checkpoint.Announced;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.KebabCase;
import org.jspecify.annotations.Nullable;

/**
 * Builds the model that a trainer of a job would begin with, as it would, and drops it: trains
 * nothing, writes nothing, disturbs no trainer.
 */
public final class ModelTrial {
  private ModelTrial() {}

  /**
   * Says in a line what a trainer would begin with.
   *
   * @param clients to look for the job's checkpoints with; null where there can be none
   * @throws FailureException if a trainer would refuse to begin: the engine or device does not
   *     work, the newest checkpoint, {@code trainer.initial} or {@code model.file} is missing,
   *     damaged or does not fit
   */
  public static String of(JobConfig config, @Nullable KafkaClients clients) {
    try (TrainingRun run = new TrainingRun(config)) {
      return "model=%s on %s: %s"
          .formatted(
              KebabCase.of(config.trainer().model().kind()),
              run.device(),
              begin(config, clients, run));
    }
  }

  private static String begin(JobConfig config, @Nullable KafkaClients clients, TrainingRun run) {
    if (clients != null) {
      Announced announced = Announcements.read(clients, config.topics());
      if (!announced.refs().isEmpty()) {
        return Checkpoints.load(config, Checkpoints.store(config), announced, run)
            .map(stored -> "goes on from checkpoint " + stored.ref().name())
            .orElseThrow();
      }
    }
    return WarmStart.begin(config, run);
  }
}
