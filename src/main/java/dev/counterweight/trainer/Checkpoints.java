package dev.counterweight.trainer;

import dev.counterweight.checkpoint.Announced;
import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointFolder;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.StoredCheckpoint;
import dev.counterweight.config.CheckpointConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.StreamIdentity;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one holder of the lead: when one is due, how it is written, announced and read
 * back. What is not announced does not count. Not thread-safe.
 */
final class Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);
  private static final long FIRST_WAIT_MS = 1_000;
  private static final long LONGEST_WAIT_MS = 300_000;

  private final JobConfig config;
  private final CheckpointFolder store;
  private final Announcements announcements;
  private final TrainerMeters meters;
  private final Ticker ticker;
  private final CheckpointDescription description;
  private List<Announcement.Ref> announced = List.of();
  private @Nullable String newest;
  private @Nullable CheckpointManifest parent;
  private long stepsSaved;
  private long doneSaved;
  private long savedMs;
  private int failures;
  private long retryAtMs;

  Checkpoints(
      JobConfig config,
      CheckpointFolder store,
      Announcements announcements,
      TrainerMeters meters,
      Clock clock,
      Ticker ticker) {
    this.config = config;
    this.store = store;
    this.announcements = announcements;
    this.meters = meters;
    this.ticker = ticker;
    this.savedMs = ticker.millis();
    this.description = new CheckpointDescription(config, clock);
  }

  /**
   * Brings {@code run} to the newest announced checkpoint that is whole; empty if none was ever
   * announced.
   *
   * @throws FailureException if there were some and none can be used, or if it is of another schema
   *     or model than configured
   */
  Optional<CheckpointManifest> restore(TrainingRun run) {
    Announced all = announcements.read();
    Optional<StoredCheckpoint> loaded = load(config, store, all, run);
    if (loaded.isPresent()) {
      StoredCheckpoint stored = loaded.get();
      List<Announcement.Ref> refs = all.refs();
      announced = refs.subList(refs.indexOf(stored.ref()), refs.size());
      newest = stored.location();
      parent = stored.manifest();
      note(run);
      meters.restored(stored.manifest());
      LOG.info("resuming from checkpoint {}", newest);
    }
    return loaded.map(StoredCheckpoint::manifest);
  }

  /** Where a job's checkpoints are kept. */
  static CheckpointFolder store(JobConfig config) {
    return new CheckpointFolder(
        config.trainer().checkpoints().dir(), config.job(), config.instanceId());
  }

  /** As {@link #restore}, for anybody. */
  static Optional<StoredCheckpoint> load(
      JobConfig config, CheckpointFolder store, Announced announced, TrainingRun run) {
    if (announced.refs().isEmpty()) {
      return Optional.empty();
    }
    StoredCheckpoint stored =
        announced.newestWhole(store).orElseThrow(() -> noneWhole(config, announced.refs()));
    CheckpointManifest manifest = stored.manifest();
    new CheckpointFit(config).require(manifest);
    CheckpointRules.requireSound(manifest);
    announced.announcements().stream()
        .filter(one -> one.checkpoint().equals(stored.ref()))
        .forEach(one -> CheckpointRules.requireAnnounced(one, manifest));
    run.restore(stored.ref().name(), grown(stored, config, run));
    CheckpointRules.requireRestored(manifest, run);
    return Optional.of(stored);
  }

  /**
   * A checkpoint's files as they would be with the candidates, and the classes at the end, that
   * were added since; says what was.
   *
   * @param run that has done nothing yet
   */
  private static SortedMap<String, byte[]> grown(
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

  /** Whether the steps or the time set for a checkpoint have passed, or that to try one again. */
  boolean due(TrainingRun run) {
    if (failures > 0) {
      return ticker.millis() >= retryAtMs && unsaved(run);
    }
    CheckpointConfig pace = config.trainer().checkpoints();
    return run.steps() - stepsSaved >= pace.everySteps()
        || (ticker.millis() - savedMs >= pace.intervalMs() && unsaved(run));
  }

  /**
   * Whether records were trained on or left out since the newest checkpoint. A model that no step
   * was made with is not announced: it is as random as it began, and its pending rows stand in the
   * batch log.
   */
  boolean unsaved(TrainingRun run) {
    return run.steps() > 0 && run.progress().done() > doneSaved;
  }

  /** Where the newest announced checkpoint lies, or null if there is none. */
  @Nullable String newest() {
    return newest;
  }

  /** Tries to write a checkpoint that failed, in a row. */
  int failures() {
    return failures;
  }

  /**
   * Writes and announces a checkpoint. One that cannot be written is tried again after a while that
   * doubles with each failure in a row.
   *
   * @param batchOffset offset of the first batch record not yet trained on
   * @throws IOException if it could not be written or announced; training may go on
   * @throws dev.counterweight.protocol.InvariantException if it is not one that can follow the
   *     checkpoint before; nothing was written
   */
  void save(
      TrainingRun run, long batchOffset, StreamIdentity source, ConsumerGroupMetadata membership)
      throws IOException, Announcements.LeadLostException {
    long startNs = System.nanoTime();
    StoredCheckpoint stored = write(run, batchOffset, source);
    CheckpointConfig kept = config.trainer().checkpoints();
    Announcement announcement =
        Announcement.of(
            stored,
            announced.subList(0, Math.min(announced.size(), kept.keep() - 1)),
            kept.inlineMaxBytes());
    announce(announcement, membership);
    announced = new ArrayList<>(announcement.all());
    newest = stored.location();
    parent = stored.manifest();
    note(run);
    store.retain(announcement);
    meters.checkpointed(stored.manifest(), Duration.ofNanos(System.nanoTime() - startNs));
  }

  /** Puts a checkpoint that is due off, because training could not go on from it, and says why. */
  void putOff(String why) {
    postpone(TrainerMeters.MODEL);
    LOG.warn(
        "no checkpoint is written at this point: {}; the newest stays {}; training goes on, trying"
            + " again later ({} in a row)",
        why,
        newest,
        failures);
  }

  private void note(TrainingRun run) {
    failures = 0;
    stepsSaved = run.steps();
    doneSaved = run.progress().done();
    savedMs = ticker.millis();
  }

  private StoredCheckpoint write(TrainingRun run, long batchOffset, StreamIdentity source)
      throws IOException {
    CheckpointManifest manifest =
        description.manifest(
            run,
            batchOffset,
            source,
            store.writer(),
            announced.isEmpty() ? null : announced.get(0).name());
    CheckpointRules.requireSound(manifest);
    CheckpointRules.requireFollows(manifest, parent);
    try {
      return store.write(manifest, run.files());
    } catch (IOException e) {
      postpone(TrainerMeters.FILES);
      throw e;
    }
  }

  private void announce(Announcement announcement, ConsumerGroupMetadata membership)
      throws IOException, Announcements.LeadLostException {
    try {
      announcements.announce(announcement, membership);
    } catch (Announcements.NotNowException e) {
      postpone(TrainerMeters.ANNOUNCEMENT);
      throw e;
    }
  }

  private void postpone(String stage) {
    retryAtMs =
        ticker.millis() + Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS << Math.min(failures, 20));
    failures++;
    meters.checkpointFailed(stage);
  }

  private static FailureException noneWhole(JobConfig config, List<Announcement.Ref> refs) {
    return new FailureException(
        ("none of the %d announced checkpoints of job '%s', newest %s, is whole in "
                + "checkpoint.dir=%s or in its announcement: bring the folder back; "
                + "training does not start over by itself")
            .formatted(
                refs.size(),
                config.job(),
                refs.get(0).name(),
                config.trainer().checkpoints().dir().toAbsolutePath()));
  }
}
