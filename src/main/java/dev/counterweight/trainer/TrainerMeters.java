package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.checkpoint.CheckpointManifest;
import dev.counterweight.evaluation.Metrics;
import dev.counterweight.event.EventSchema;
import dev.counterweight.protocol.TrainerReport.FeatureShare;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.JobMetric;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The trainer's meters. Written by the trainer's thread; gauges are read by any. A gauge whose
 * value is not known, such as any of a trainer that stands by, is NaN.
 */
final class TrainerMeters {
  private static final String ROLE = "trainer";
  private static final long NEVER = -1;

  /** What of a checkpoint failed: a disk is at fault, the broker, or the model itself. */
  static final String FILES = "files";

  static final String ANNOUNCEMENT = "announcement";

  static final String MODEL = "model";

  private record Newest(long atMs, long bytes, long step) {}

  private final InstantSource clock;
  private final Counter steps;
  private final Counter samples;
  private final Counter skipped;
  private final Counter rowsSkipped;
  private final Counter unscored;
  private final Counter checkpoints;
  private final Counter checkpointRestores;
  private final Timer stepTime;
  private final Timer checkpointTime;
  private final Timer gradientLatency;
  private final Timer checkpointLatency;
  private final DriftMeters drifts;
  private final QualityMeters quality;
  private final FeatureMeters features;
  private final JobMeters meters;
  private final GaugesByName candidates;
  private final GaugesByName forest;
  private long oldestEventMs = Long.MAX_VALUE;
  private long newestEventMs = Long.MIN_VALUE;
  private volatile long leadSinceMs = NEVER;
  private volatile long reportedMs = NEVER;
  private volatile double loss;
  private volatile double gradientNorm;
  private volatile double learningRate;
  private volatile double batchPosition;
  private volatile double lag;
  private volatile double weightsVersion;
  private volatile @Nullable Newest newest;

  TrainerMeters(MeterRegistry registry, String job, EventSchema schema, InstantSource clock) {
    this.meters = new JobMeters(registry, job);
    this.clock = clock;
    forget();
    this.steps = meters.counter(TrainerMetric.STEPS);
    this.samples = meters.counter(TrainerMetric.SAMPLES);
    this.skipped = meters.counter(TrainerMetric.STEPS_SKIPPED);
    this.rowsSkipped = meters.counter(TrainerMetric.ROWS_SKIPPED);
    this.unscored = meters.counter(TrainerMetric.EVALUATION_SKIPPED);
    this.checkpoints = meters.counter(TrainerMetric.CHECKPOINTS);
    // A rate needs a zero to start from.
    List.of(FILES, ANNOUNCEMENT, MODEL).forEach(this::checkpointFailures);
    this.checkpointRestores = meters.counter(TrainerMetric.CHECKPOINT_RESTORES);
    this.stepTime = meters.timer(TrainerMetric.STEP_TIME);
    this.checkpointTime = meters.timer(TrainerMetric.CHECKPOINT_TIME);
    this.gradientLatency = meters.timer(JobMetric.EVENT_LATENCY, "gradient");
    this.checkpointLatency = meters.timer(JobMetric.EVENT_LATENCY, "checkpoint");
    meters.gauge(TrainerMetric.LOSS, () -> loss);
    meters.gauge(TrainerMetric.GRADIENT_NORM, () -> gradientNorm);
    meters.gauge(TrainerMetric.LEARNING_RATE, () -> learningRate);
    meters.gauge(TrainerMetric.BATCH_POSITION, () -> batchPosition);
    meters.gauge(JobMetric.LAG, () -> lag, ROLE);
    meters.gauge(JobMetric.WEIGHTS_VERSION, () -> weightsVersion, ROLE);
    meters.gauge(TrainerMetric.REPORT_AGE, () -> age(Math.max(reportedMs, leadSinceMs)));
    meters.gauge(TrainerMetric.CHECKPOINT_AGE, this::checkpointAge);
    meters.gauge(TrainerMetric.CHECKPOINT_SIZE, () -> of(newest, n -> n.bytes()));
    meters.gauge(TrainerMetric.CHECKPOINT_STEP, () -> of(newest, n -> n.step()));
    this.drifts = new DriftMeters(meters, schema.classes());
    this.quality = new QualityMeters(meters, schema.classes());
    this.features = new FeatureMeters(meters, schema.features());
    this.candidates = new GaugesByName(meters, TrainerMetric.CANDIDATE_SHARE);
    this.forest = new GaugesByName(meters, TrainerMetric.FOREST_POWER);
  }

  /** Counts the changes found. */
  DriftMeters drifts() {
    return drifts;
  }

  /** A record trained on. */
  void trained(MiniBatch batch, TrainResult result, Duration took) {
    steps.increment(result.steps());
    skipped.increment(result.skipped());
    rowsSkipped.increment(result.leftOut());
    samples.increment(batch.draws().rows());
    for (int i = 0; i < result.steps(); i++) {
      stepTime.record(took.dividedBy(result.steps()));
    }
    loss = result.steps() > 0 ? result.meanLoss() : loss;
    gradientNorm = Double.isNaN(result.gradientNorm()) ? gradientNorm : result.gradientNorm();
    weightsVersion = batch.origin().weightsVersion();
    MiniBatch.Origin origin = batch.origin();
    if (origin.eventTimeMinMs() <= origin.eventTimeMaxMs()) {
      oldestEventMs = Math.min(oldestEventMs, origin.eventTimeMinMs());
      newestEventMs = Math.max(newestEventMs, origin.eventTimeMaxMs());
      latency(gradientLatency, origin.eventTimeMinMs(), origin.eventTimeMaxMs());
    }
  }

  /** Rows that could not be evaluated. */
  void unscored(int rows) {
    unscored.increment(rows);
  }

  void learningRate(double rate) {
    learningRate = rate;
  }

  /** Until there is a checkpoint, its age is that of the lead: none at all must be seen too. */
  void tookLead() {
    leadSinceMs = clock.millis();
  }

  /** What the rows scored say: the newest of them, and all since the job began. */
  void evaluated(Metrics recent, Metrics sinceStart) {
    quality.evaluated(recent, sinceStart);
  }

  /** How often features were missing, and categories unseen. */
  void features(Map<String, FeatureShare> shares) {
    features.known(shares);
  }

  /** What each network counts of those that are trained side by side; none if none are known. */
  void candidates(Map<String, Double> shares) {
    candidates.known(shares);
  }

  /** By which powers networks and forest are pooled; none where there is no forest yet. */
  void forest(Map<String, Double> powers) {
    forest.known(powers);
  }

  /** A gauge for each name that ever had a value; NaN while it has none. */
  private static final class GaugesByName {
    private final JobMeters meters;
    private final TrainerMetric metric;
    private final Set<String> there = new HashSet<>();
    private volatile Map<String, Double> values = Map.of();

    GaugesByName(JobMeters meters, TrainerMetric metric) {
      this.meters = meters;
      this.metric = metric;
    }

    void known(Map<String, Double> newest) {
      values = newest;
      // A registry warns of a gauge that is there already.
      newest.keySet().stream()
          .filter(there::add)
          .forEach(name -> meters.gauge(metric, () -> values.getOrDefault(name, Double.NaN), name));
    }
  }

  /** Where in the batch log training stands, and how many records lie ahead of it. */
  void at(long batchOffset, long recordsAhead) {
    batchPosition = batchOffset;
    lag = recordsAhead;
  }

  /** A report of this trainer's has arrived; may be called by any thread. */
  void reported() {
    reportedMs = clock.millis();
  }

  void checkpointed(CheckpointManifest manifest, Duration took) {
    checkpoints.increment();
    checkpointTime.record(took);
    newest(manifest);
    if (oldestEventMs <= newestEventMs) {
      latency(checkpointLatency, oldestEventMs, newestEventMs);
      oldestEventMs = Long.MAX_VALUE;
      newestEventMs = Long.MIN_VALUE;
    }
  }

  void restored(CheckpointManifest manifest) {
    checkpointRestores.increment();
    newest(manifest);
  }

  /**
   * A checkpoint that did not come about.
   *
   * @param stage {@link #FILES}, {@link #ANNOUNCEMENT} or {@link #MODEL}
   */
  void checkpointFailed(String stage) {
    checkpointFailures(stage).increment();
  }

  private Counter checkpointFailures(String stage) {
    return meters.counter(TrainerMetric.CHECKPOINT_FAILURES, stage);
  }

  /** Another trainer has the lead from now on: what this one knew is of the past. */
  void stoodDown() {
    forget();
    newest = null;
    leadSinceMs = NEVER;
    reportedMs = NEVER;
    quality.evaluated(null, null);
    features.known(Map.of());
    candidates(Map.of());
    forest(Map.of());
    oldestEventMs = Long.MAX_VALUE;
    newestEventMs = Long.MIN_VALUE;
  }

  private void forget() {
    loss = Double.NaN;
    gradientNorm = Double.NaN;
    learningRate = Double.NaN;
    batchPosition = Double.NaN;
    lag = Double.NaN;
    weightsVersion = Double.NaN;
  }

  private void newest(CheckpointManifest manifest) {
    long bytes =
        manifest.files().values().stream().mapToLong(CheckpointManifest.FileEntry::bytes).sum();
    newest = new Newest(clock.millis(), bytes, manifest.position().step());
  }

  private void latency(Timer into, long oldestMs, long latestMs) {
    long nowMs = clock.millis();
    into.record(Math.max(0, nowMs - oldestMs), TimeUnit.MILLISECONDS);
    into.record(Math.max(0, nowMs - latestMs), TimeUnit.MILLISECONDS);
  }

  private double checkpointAge() {
    Newest known = newest;
    return age(known == null ? leadSinceMs : known.atMs());
  }

  private double age(long sinceMs) {
    return sinceMs == NEVER ? Double.NaN : Math.max(0, clock.millis() - sinceMs) / 1e3;
  }

  private static <T> double of(@Nullable T known, Function<T, ? extends Number> value) {
    return known == null ? Double.NaN : value.apply(known).doubleValue();
  }
}
