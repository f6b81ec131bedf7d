package dev.counterweight.training;

import dev.counterweight.evaluation.Metrics;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.ToDoubleFunction;

/**
 * The trainer's meters, each tagged {@code training_job}. Written by the trainer's thread; gauges
 * are read by any. A gauge whose value is not known is NaN.
 */
final class TrainerMeters {
  private final Counter steps;
  private final Counter samples;
  private final Counter skipped;
  private final Counter checkpoints;
  private final Counter checkpointFailures;
  private final Timer stepTime;
  private final Timer checkpointTime;
  private final AtomicReferenceArray<Double> recall;
  private final AtomicReferenceArray<Double> prAuc;
  private volatile double loss = Double.NaN;
  private volatile double gradientNorm = Double.NaN;
  private volatile double gmean = Double.NaN;
  private volatile double balancedAccuracy = Double.NaN;
  private volatile double logLoss = Double.NaN;
  private volatile double ece = Double.NaN;
  private volatile double batchPosition = Double.NaN;
  private volatile long checkpointMs = -1;

  TrainerMeters(MeterRegistry registry, String job, List<String> classes, Clock clock) {
    Tags tags = Tags.of("training_job", job);
    this.steps = counter(registry, tags, "steps", "Optimiser updates made");
    this.samples = counter(registry, tags, "samples", "Rows taken from batch records");
    this.skipped =
        counter(registry, tags, "steps.skipped", "Steps left out: loss or gradient not finite");
    this.checkpoints = counter(registry, tags, "checkpoints", "Checkpoints announced");
    this.checkpointFailures =
        counter(registry, tags, "checkpoint.failures", "Checkpoints that could not be written");
    this.stepTime = timer(registry, tags, "step.time", "Time of a step, data and scoring included");
    this.checkpointTime =
        timer(registry, tags, "checkpoint.time", "Time to write and announce a checkpoint");
    gauge(registry, tags, "loss", "Mean loss of the newest record's steps", m -> m.loss);
    gauge(registry, tags, "gradient.norm", "Gradient norm before clipping", m -> m.gradientNorm);
    gauge(registry, tags, "gmean", "G-mean since the start", m -> m.gmean);
    gauge(
        registry,
        tags,
        "balanced.accuracy",
        "Mean recall since the start",
        m -> m.balancedAccuracy);
    gauge(registry, tags, "log.loss", "Log loss of served probabilities, in nats", m -> m.logLoss);
    gauge(registry, tags, "ece", "Calibration error of the largest served probability", m -> m.ece);
    gauge(registry, tags, "batch.position", "Next offset in the batch log", m -> m.batchPosition);
    gauge(
        registry,
        tags,
        "checkpoint.age.seconds",
        "Time since the newest checkpoint, or since this trainer took the lead",
        m -> m.checkpointMs < 0 ? Double.NaN : (clock.millis() - m.checkpointMs) / 1e3);
    this.recall = new AtomicReferenceArray<>(classes.size());
    this.prAuc = new AtomicReferenceArray<>(classes.size());
    for (int c = 0; c < classes.size(); c++) {
      int index = c;
      recall.set(c, Double.NaN);
      prAuc.set(c, Double.NaN);
      gauge(
          registry,
          tags.and("class", classes.get(c)),
          "pr.auc",
          "Average precision of a class's served probability since the start",
          m -> m.prAuc.get(index));
      gauge(
          registry,
          tags.and("class", classes.get(c)),
          "recall",
          "Recall of a class since the start",
          m -> m.recall.get(index));
    }
  }

  void trained(TrainResult result, int rows, Duration took) {
    steps.increment(result.steps());
    skipped.increment(result.skipped());
    samples.increment(rows);
    if (result.steps() > 0) {
      loss = result.meanLoss();
      for (int i = 0; i < result.steps(); i++) {
        stepTime.record(took.dividedBy(result.steps()));
      }
    }
    gradientNorm = Double.isNaN(result.gradientNorm()) ? gradientNorm : result.gradientNorm();
  }

  void evaluated(Metrics metrics) {
    gmean = metrics.gmean().orElse(Double.NaN);
    balancedAccuracy = metrics.balancedAccuracy().orElse(Double.NaN);
    logLoss = metrics.logLoss().orElse(Double.NaN);
    ece = metrics.ece().orElse(Double.NaN);
    for (int c = 0; c < recall.length(); c++) {
      recall.set(c, metrics.recall(c).orElse(Double.NaN));
      prAuc.set(c, metrics.prAuc(c).orElse(Double.NaN));
    }
  }

  void at(long batchOffset) {
    batchPosition = batchOffset;
  }

  void checkpointed(long atMs, Duration took) {
    checkpoints.increment();
    checkpointTime.record(took);
    checkpointMs = atMs;
  }

  /** Until it writes a checkpoint itself, its age is that of the lead. */
  void tookLead(long atMs) {
    checkpointMs = atMs;
  }

  void checkpointFailed() {
    checkpointFailures.increment();
  }

  private static Counter counter(MeterRegistry registry, Tags tags, String name, String about) {
    return Counter.builder("counterweight." + name)
        .description(about)
        .tags(tags)
        .register(registry);
  }

  private static Timer timer(MeterRegistry registry, Tags tags, String name, String about) {
    return Timer.builder("counterweight." + name).description(about).tags(tags).register(registry);
  }

  private void gauge(
      MeterRegistry registry,
      Tags tags,
      String name,
      String about,
      ToDoubleFunction<TrainerMeters> value) {
    Gauge.builder("counterweight." + name, this, value)
        .description(about)
        .tags(tags)
        .strongReference(true)
        .register(registry);
  }
}
