package dev.counterweight.training;

import dev.counterweight.batch.MalformedTensorsException;
import dev.counterweight.batch.SafeTensors;
import dev.counterweight.checkpoint.CheckpointInspection;
import dev.counterweight.runtime.FailureException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The model that a new job begins with instead of random parameters: that of a checkpoint, or of a
 * safetensors file with the names of {@code model.safetensors}. Of a checkpoint the normaliser goes
 * on too. The optimiser, the evaluation and the count of steps begin anew.
 */
final class WarmStart {
  private static final Logger LOG = LoggerFactory.getLogger(WarmStart.class);

  private WarmStart() {}

  /**
   * Gives {@code run} the model at {@code initial}.
   *
   * @param initial a checkpoint's folder, a folder of checkpoints, of which the newest is taken, or
   *     a safetensors file
   * @throws FailureException if it cannot be read, is damaged, or is of another schema or shape;
   *     every difference is named
   */
  static void apply(Path initial, CheckpointDescription job, TrainingRun run) {
    try {
      if (Files.isRegularFile(initial)) {
        run.warmStart(SafeTensors.parse(Files.readAllBytes(initial)), null);
        LOG.info("a new job begins with the parameters of {}", initial);
      } else {
        fromCheckpoint(initial, job, run);
      }
    } catch (IOException | MalformedTensorsException | IllegalArgumentException e) {
      throw new FailureException(
          "trainer.initial=%s cannot be begun with: %s".formatted(initial, e.getMessage()), e);
    }
  }

  private static void fromCheckpoint(Path initial, CheckpointDescription job, TrainingRun run)
      throws IOException {
    CheckpointInspection found = CheckpointInspection.of(initial);
    if (!found.whole()) {
      throw new FailureException(
          "trainer.initial=%s is damaged: %s".formatted(found.folder(), found.problems()));
    }
    CheckpointFit.requireForWarmStart(
        found.folder(), found.manifest(), job.schema(), job.training());
    run.warmStart(file(found.folder(), TrainingRun.MODEL), file(found.folder(), TrainingRun.STATE));
    LOG.info(
        "a new job begins with the model of job '{}' at step {}, {}",
        found.manifest().job(),
        found.manifest().step(),
        found.folder());
  }

  private static SafeTensors file(Path folder, String name) throws IOException {
    return SafeTensors.parse(Files.readAllBytes(folder.resolve(name)));
  }
}
