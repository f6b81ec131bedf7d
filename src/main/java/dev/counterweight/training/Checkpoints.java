package dev.counterweight.training;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.checkpoint.CheckpointStore;
import dev.counterweight.checkpoint.CheckpointStore.Stored;
import dev.counterweight.config.CheckpointConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.ModelConfig;
import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.config.TrainerConfig;
import dev.counterweight.event.EventSchema;
import dev.counterweight.runtime.FailureException;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one holder of the lead: when one is due, how it is written, announced and read
 * back. What is not announced does not count. Used by one thread.
 */
final class Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

  private final JobConfig config;
  private final CheckpointStore store;
  private final Announcements announcements;
  private final TrainerMeters meters;
  private final Clock clock;
  private List<Announcement.Ref> announced = List.of();
  private @Nullable String newestFolder;
  private long stepsTried;
  private long recordsThen;
  private long triedMs;

  Checkpoints(
      JobConfig config,
      CheckpointStore store,
      Announcements announcements,
      TrainerMeters meters,
      Clock clock) {
    this.config = config;
    this.store = store;
    this.announcements = announcements;
    this.meters = meters;
    this.clock = clock;
    this.triedMs = clock.millis();
  }

  /**
   * Brings {@code run} to the newest announced checkpoint that is whole; empty if none was ever
   * announced.
   *
   * @throws FailureException if there were some and none can be used, or if it is of another schema
   *     or model than configured
   */
  Optional<CheckpointManifest> restore(TrainingRun run) {
    List<Announcement.Ref> refs = announcements.read();
    if (refs.isEmpty()) {
      return Optional.empty();
    }
    Stored stored =
        store
            .firstValid(refs)
            .orElseThrow(
                () ->
                    new FailureException(
                        "none of the %d announced checkpoints of job '%s', newest %s, is whole in "
                                .formatted(refs.size(), config.job(), refs.get(0).name())
                            + "checkpoint.dir=%s: bring the folder back; training does not start over by itself"
                                .formatted(config.trainer().checkpoints().dir().toAbsolutePath())));
    CheckpointFit.require(stored.manifest(), schema(), training());
    run.restore(stored.ref().name(), stored.files());
    announced = refs.subList(refs.indexOf(stored.ref()), refs.size());
    newestFolder = stored.folder().toString();
    note(run);
    meters.restored(stored.manifest());
    LOG.info("resuming from checkpoint {}", stored.folder());
    return Optional.of(stored.manifest());
  }

  /** Whether the steps or the time set for a checkpoint have passed. */
  boolean due(TrainingRun run) {
    CheckpointConfig pace = config.trainer().checkpoints();
    return run.steps() - stepsTried >= pace.everySteps()
        || (clock.millis() - triedMs >= pace.intervalMs() && unsaved(run));
  }

  /** Whether records were trained on since the newest checkpoint. */
  boolean unsaved(TrainingRun run) {
    return run.progress().records() > recordsThen;
  }

  /** Absolute path of the newest announced checkpoint's folder, or null if there is none. */
  @Nullable String newestFolder() {
    return newestFolder;
  }

  /**
   * Writes and announces a checkpoint.
   *
   * @param batchOffset offset of the first batch record not yet trained on
   * @throws IOException if it could not be written; training may go on
   * @throws FailureException if another trainer has taken the lead
   */
  void save(
      TrainingRun run,
      long batchOffset,
      CheckpointManifest.Source source,
      ConsumerGroupMetadata membership)
      throws IOException, Announcements.LeadLostException {
    long startNs = System.nanoTime();
    triedMs = clock.millis();
    stepsTried = run.steps();
    Stored stored = write(run, batchOffset, source);
    int keep = Math.min(announced.size(), config.trainer().checkpoints().keep() - 1);
    Announcement announcement =
        new Announcement(
            stored.ref(),
            run.steps(),
            batchOffset,
            stored.manifest().metrics(),
            stored.folder().toString(),
            announced.subList(0, keep));
    announcements.announce(announcement, membership);
    announced = new ArrayList<>(announcement.all());
    newestFolder = stored.folder().toString();
    note(run);
    store.retain(announcement);
    meters.checkpointed(stored.manifest(), Duration.ofNanos(System.nanoTime() - startNs));
  }

  private void note(TrainingRun run) {
    stepsTried = run.steps();
    recordsThen = run.progress().records();
  }

  private Stored write(TrainingRun run, long batchOffset, CheckpointManifest.Source source)
      throws IOException {
    try {
      return store.write(manifest(run, batchOffset, source), run.files());
    } catch (IOException e) {
      meters.checkpointFailed();
      throw e;
    }
  }

  private CheckpointManifest manifest(
      TrainingRun run, long batchOffset, CheckpointManifest.Source source) {
    ProgressReport report = new ProgressReport(config.job(), config.events().schema().classes());
    Progress progress = run.progress();
    return new CheckpointManifest(
        CheckpointManifest.FORMAT,
        config.job(),
        run.steps(),
        batchOffset,
        store.writer(),
        clock.instant().toString(),
        announced.isEmpty() ? null : announced.get(0).name(),
        System.getProperty("os.arch", "unknown"),
        source,
        progress.spans(),
        progress.end(),
        schema(),
        training(),
        report.byClass(progress.prior()),
        report.byClass(progress.classWeight()),
        metrics(run),
        new TreeMap<>());
  }

  private Map<String, Object> metrics(TrainingRun run) {
    return run.evaluation().sinceStart().toMap(config.events().schema().classes());
  }

  private CheckpointManifest.Schema schema() {
    EventSchema schema = config.events().schema();
    return new CheckpointManifest.Schema(schema.features(), schema.label(), schema.classes());
  }

  private CheckpointManifest.Training training() {
    TrainerConfig trainer = config.trainer();
    OptimizerConfig optimizer = trainer.optimizer();
    return new CheckpointManifest.Training(
        name(trainer.model().kind()),
        trainer.model().kind() == ModelConfig.Kind.MLP ? trainer.model().hidden() : List.of(),
        trainer.loss().name(),
        name(trainer.loss().reduction()),
        name(optimizer.kind()),
        optimizer.learningRate(),
        optimizer.momentum(),
        optimizer.weightDecay(),
        optimizer.gradientClip(),
        trainer.batchSize(),
        config.seed());
  }

  private static String name(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
