package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.tensor.MalformedTensorsException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A trainer that has the lead, from the moment it was given it. Closing it writes nothing. Not
 * thread-safe.
 */
final class ActiveTrainer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ActiveTrainer.class);
  private static final int MAX_LAST_TRIES = 20;

  /** A sampler at work writes something in this time, beside what its linger allows. */
  private static final long QUIET_MS = 5_000;

  private final JobConfig config;
  private final TrainerMeters meters;
  private final Ticker ticker;
  private final Supplier<ConsumerGroupMetadata> membership;
  private final Announcements announcements;
  private final TrainerReports reports;
  private final PredictionLog predictions;
  private final TrainingRun run;
  private final Checkpoints checkpoints;
  private final SchemaGate gate;
  private final BatchSource reader;
  private final BatchSequence sequence;
  private @Nullable TrainResult last;
  private long trainedMs;
  private int lastTries;

  /**
   * Fences earlier holders of the lead, loads the newest checkpoint and goes to its place in the
   * batch log.
   *
   * @throws org.apache.kafka.common.errors.TimeoutException if the broker does not answer
   */
  ActiveTrainer(TrainerLoop.Parts parts, Supplier<ConsumerGroupMetadata> membership) {
    this.config = parts.config();
    this.meters = parts.meters();
    this.ticker = parts.ticker();
    this.membership = membership;
    // First, as it may fail: nothing is held yet.
    this.announcements = new Announcements(parts.clients(), config.topics());
    this.predictions = new PredictionLog(config, parts.clients());
    this.run = new TrainingRun(config, predictions);
    this.reports = new TrainerReports(config, parts.clients(), meters, parts.clock(), ticker, run);
    this.gate =
        new SchemaGate(
            config.events().schema().schema(),
            config.sampler().batchesMismatch(),
            config.topics().batches());
    this.checkpoints =
        new Checkpoints(config, parts.store(), announcements, meters, parts.clock(), ticker);
    try {
      parts.store().removeTemporary();
      Optional<CheckpointManifest> from = checkpoints.restore(run);
      if (from.isEmpty() && config.trainer().initial() != null) {
        LOG.info("a new job {}", WarmStart.begin(config, run));
      }
      this.reader = parts.reading().apply(open(config, parts.clients(), from));
      this.sequence =
          new BatchSequence(config, run.progress(), from.orElse(null), reader.position());
    } catch (RuntimeException | Error e) {
      closeAllButReader();
      throw e;
    }
    this.trainedMs = ticker.millis();
    reports.start();
    meters.tookLead();
    meters.learningRate(run.learningRate());
    meters.at(reader.position(), reader.lag());
  }

  /** The batch log, at the first record to train on. */
  private static BatchLog open(
      JobConfig config, KafkaClients clients, Optional<CheckpointManifest> from) {
    BatchLog log = new BatchLog(clients, config.topics(), config.events().lost());
    try {
      if (from.isPresent()) {
        log.seek(from.get().position().batchOffset());
      } else {
        log.seekToStart();
      }
      return log;
    } catch (RuntimeException e) {
      log.close();
      throw e;
    }
  }

  /**
   * Trains on the next record, if one comes in time, and writes a checkpoint if one is due.
   *
   * @return whether there was one
   */
  boolean trainNext(Duration timeout) throws Announcements.LeadLostException {
    BatchLog.Batch next = reader.next(timeout);
    if (next != null) {
      train(next);
      trainedMs = ticker.millis();
      meters.at(reader.position(), reader.lag());
    } else {
      gate.tell();
    }
    if (checkpoints.due(run)) {
      Optional<String> unsound = run.unsound();
      if (unsound.isPresent()) {
        checkpoints.putOff(unsound.get());
      } else {
        saveOrGoOn();
      }
    }
    return next != null;
  }

  /** Reports on the metrics topic once a second while there is progress; whether it did. */
  boolean reportIfDue() {
    boolean due = reports.due();
    if (due) {
      report(false);
    }
    return due;
  }

  /**
   * Writes what is not yet in a checkpoint, and a last report.
   *
   * @param done whether the end of the events is reached
   * @return false if the group was in motion, or the report of the end did not arrive: to be called
   *     again, after a poll
   */
  boolean finish(boolean done) throws Announcements.LeadLostException {
    gate.tell();
    try {
      saveLast();
    } catch (Announcements.NotNowException e) {
      if (++lastTries < MAX_LAST_TRIES) {
        return false;
      }
      throw lastFailed(e);
    } catch (IOException e) {
      throw lastFailed(e);
    }
    report(done);
    // A report that nothing hangs on, the model being saved, holds up no end of the process.
    if (!reports.flush() && done && ++lastTries < MAX_LAST_TRIES) {
      return false;
    }
    LOG.info("{}: {}", done ? "done" : "drained", reports.line());
    return true;
  }

  /** Whether {@code goal} is reached. */
  boolean reached(EndGoal goal) {
    long marked = sequence.marked();
    return goal.reached(run.progress(), marked, false)
        || (quiet() && goal.reached(run.progress(), marked, true) && reader.exhausted());
  }

  long steps() {
    return run.steps();
  }

  /**
   * Keys steps (of the job), decision (its rule), metrics, features where some may be missing or
   * are categories, and checkpoint where there is one.
   */
  Map<String, Object> summary() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("steps", run.steps());
    all.put("decision", run.scoring().decisions().rule());
    all.put(
        "metrics",
        NamedMetrics.of(run.evaluation().sinceStart(), config.events().schema().classes()).toMap());
    Map<String, Object> features = new LinkedHashMap<>();
    ProgressReport.features(run.featureShares())
        .forEach((name, share) -> features.put(name, share.toMap()));
    if (!features.isEmpty()) {
      all.put("features", features);
    }
    String checkpoint = checkpoints.newest();
    if (checkpoint != null) {
      all.put("checkpoint", checkpoint);
    }
    return all;
  }

  /**
   * What it is doing, in words.
   *
   * @param trained whether there was a record to train on
   */
  String doing(boolean trained) {
    int failures = checkpoints.failures();
    return (trained ? "at batch offset " + reader.position() : "waiting for batches")
        + (failures == 0 ? "" : "; checkpoints failed in a row: " + failures);
  }

  @Override
  public void close() {
    reader.close();
    closeAllButReader();
  }

  private void closeAllButReader() {
    meters.stoodDown();
    reports.close();
    predictions.close();
    announcements.close();
    run.close();
  }

  private boolean quiet() {
    return ticker.millis() - trainedMs > QUIET_MS + 2 * config.sampler().lingerMs();
  }

  private void train(BatchLog.Batch next) {
    long startNs = System.nanoTime();
    MiniBatch batch = next.batch();
    try {
      boolean ofSource = sequence.take(next.offset(), batch.origin());
      if (!gate.admits(next.offset(), batch)) {
        run.passOver(batch, ofSource);
        return;
      }
      sequence.requireSource(batch.origin());
      MiniBatch own = batch.readUnder(config.events().schema().schema());
      last = run.train(own);
      meters.trained(own, last, Duration.ofNanos(System.nanoTime() - startNs));
      meters.learningRate(run.learningRate());
      meters.unscored(run.scoring().takeUnscored());
    } catch (FailureException | MalformedTensorsException | IllegalArgumentException e) {
      throw new FailureException(
          "offset %d of topic '%s': %s"
              .formatted(next.offset(), config.topics().batches(), e.getMessage()),
          e);
    }
  }

  /** A full disk must not stop training: the next checkpoint may find room again. */
  private void saveOrGoOn() throws Announcements.LeadLostException {
    try {
      save();
    } catch (IOException e) {
      LOG.warn(
          "a checkpoint could not be written to {}: {}; training goes on, trying again later",
          config.trainer().checkpoints().dir(),
          e.toString());
    }
  }

  private void saveLast() throws IOException, Announcements.LeadLostException {
    if (!checkpoints.unsaved(run)) {
      if (run.steps() == 0) {
        LOG.warn(
            "no step was made: {} batch records have {} rows to train on, a step takes"
                + " batch.size={}; no model is announced",
            run.progress().records(),
            Arrays.stream(run.progress().drawn()).sum(),
            config.trainer().batchSize());
      }
      return;
    }
    Optional<String> unsound = run.unsound();
    if (unsound.isPresent()) {
      LOG.warn(
          "the last steps are not saved, as {}: the newest checkpoint stays {}",
          unsound.get(),
          checkpoints.newest());
    } else {
      save();
    }
  }

  private FailureException lastFailed(IOException cause) {
    return new FailureException(
        "the last checkpoint could not be written to checkpoint.dir=%s: %s"
            .formatted(config.trainer().checkpoints().dir().toAbsolutePath(), cause),
        cause);
  }

  private void save() throws IOException, Announcements.LeadLostException {
    StreamIdentity source = sequence.source();
    if (source != null) {
      predictions.flush();
      checkpoints.save(run, reader.position(), source, membership.get());
      LOG.info("checkpoint {}: {}", checkpoints.newest(), reports.line());
    }
  }

  private void report(boolean done) {
    reports.send(reader.position(), last, checkpoints.newest(), done);
  }
}
