package dev.counterweight.trainer;

import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.JobConfig;
import java.util.SortedMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A checkpoint from before something was added that a job may go on with. */
final class GrownCheckpoint {
  private static final Logger LOG = LoggerFactory.getLogger(GrownCheckpoint.class);

  private GrownCheckpoint() {}

  /**
   * Its files as they would be with the candidates, and the classes at the end, that were added;
   * says what was.
   *
   * @param run that has done nothing yet
   */
  static SortedMap<String, byte[]> files(
      StoredCheckpoint stored, JobConfig config, TrainingRun run) {
    SortedMap<String, byte[]> files = stored.files();
    AddedCandidates candidates = new CheckpointFit(config).candidates(stored.manifest());
    if (candidates.any()) {
      LOG.info("checkpoint {} is of fewer networks: {}", stored.ref().name(), candidates.told());
      files = candidates.grow(files, run.files());
    }
    int before = stored.manifest().schema().classes().size();
    int now = config.events().schema().classCount();
    if (before != now) {
      LOG.info(
          "checkpoint {} is of {} classes: the {} added since begin as in a new model",
          stored.ref().name(),
          before,
          now - before);
      files = new AddedClasses(before, now).grow(files, run.files());
    }
    return files;
  }
}
