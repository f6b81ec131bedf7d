package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.Span;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.JobMetric;
import dev.counterweight.sampling.SnapshotFollower.Snapshot;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.IntToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The sampler's meters. Written by one thread, read by any. */
final class SamplerMetrics {
  private static final String ROLE = "sampler";

  private final JobMeters meters;
  private final Counter events;
  private final Counter fresh;
  private final Counter replays;
  private final Counter evaluated;
  private final Counter batches;
  private final Counter transactions;
  private final Counter aborts;
  private final DistributionSummary rows;
  private final DistributionSummary bytes;
  private final DistributionSummary spans;
  private final AtomicIntegerArray memoryRows;
  private final ClassShares batchShares;
  private final ClassShares evaluationShares;
  private volatile @Nullable SamplingPlan plan;
  private volatile double[] expectedInBatch;
  private volatile double[] expectedInSlice;
  private volatile long publishedMs = -1;
  private volatile double behind = Double.NaN;
  private volatile double lag = Double.NaN;
  private volatile int paused;

  SamplerMetrics(MeterRegistry registry, String job, List<String> classes, InstantSource clock) {
    this.meters = new JobMeters(registry, job);
    this.events = meters.counter(SamplerMetric.SAMPLED);
    this.fresh = meters.counter(SamplerMetric.DRAWS, "fresh");
    this.replays = meters.counter(SamplerMetric.DRAWS, "replay");
    this.evaluated = meters.counter(SamplerMetric.EVALUATED);
    for (EventRejectedException.Reason reason : EventRejectedException.Reason.values()) {
      // A rate needs a zero to start from.
      meters.counter(SamplerMetric.DEAD_LETTERS, DeadLetters.reason(reason));
    }
    this.batches = meters.counter(SamplerMetric.BATCHES);
    this.transactions = meters.counter(SamplerMetric.TRANSACTIONS, "committed");
    this.aborts = meters.counter(SamplerMetric.TRANSACTIONS, "aborted");
    this.rows = meters.histogram(SamplerMetric.BATCH_DRAWS);
    this.bytes = meters.histogram(SamplerMetric.BATCH_SIZE);
    this.spans = meters.histogram(SamplerMetric.SPAN_EVENTS);
    this.memoryRows = new AtomicIntegerArray(classes.size());
    meters.gauges(SamplerMetric.MEMORY_ROWS, classes, memoryRows::get);
    meters.gauges(SamplerMetric.CLASS_USES, classes, this::uses);
    this.batchShares = new ClassShares(classes.size());
    this.evaluationShares = new ClassShares(classes.size());
    this.expectedInBatch = new double[classes.size()];
    Arrays.fill(expectedInBatch, Double.NaN);
    this.expectedInSlice = expectedInBatch;
    meters.gauges(JobMetric.CLASS_SHARE, classes, batchShares::share, "batch");
    meters.gauges(JobMetric.CLASS_SHARE, classes, evaluationShares::share, "evaluation");
    meters.gauges(JobMetric.CLASS_SHARE_EXPECTED, classes, c -> expectedInBatch[c], "batch");
    meters.gauges(JobMetric.CLASS_SHARE_EXPECTED, classes, c -> expectedInSlice[c], "evaluation");
    meters.gauge(SamplerMetric.DRAWS_PER_EVENT, this::achievedDraws);
    meters.gauge(SamplerMetric.BEHIND, () -> behind);
    meters.gauge(SamplerMetric.PAUSED, () -> paused);
    meters.gauge(JobMetric.LAG, () -> lag, ROLE);
    meters.gauge(JobMetric.WEIGHTS_VERSION, this::weightsVersion, ROLE);
    meters.gauge(
        JobMetric.WEIGHTS_AGE,
        () -> publishedMs < 0 ? Double.NaN : Math.max(0, clock.millis() - publishedMs) / 1e3,
        ROLE);
  }

  void consumed(int count) {
    events.increment(count);
  }

  void rejected(String reason) {
    meters.counter(SamplerMetric.DEAD_LETTERS, reason).increment();
  }

  void written(MiniBatch batch, int size) {
    int firsts = 0;
    for (byte flag : batch.draws().fresh()) {
      firsts += flag;
    }
    fresh.increment(firsts);
    replays.increment(batch.draws().rows() - firsts);
    evaluated.increment(batch.evaluation().rows());
    batchShares.add(batch.draws().labels());
    evaluationShares.add(batch.evaluation().labels());
    batches.increment();
    rows.record(batch.draws().rows());
    bytes.record(size);
    long covered = 0;
    for (Span span : batch.origin().spans().values()) {
      covered += span.to() - span.from();
    }
    spans.record(covered);
  }

  void committed() {
    transactions.increment();
  }

  void aborted() {
    aborts.increment();
  }

  /** The snapshot that events are now used with, and when the broker took it. */
  void following(Snapshot snapshot) {
    publishedMs = snapshot.publishedMs();
  }

  void using(SamplingPlan next) {
    plan = next;
    expectedInBatch = expected(next, c -> next.uses()[c]);
    expectedInSlice = expected(next, next::evaluation);
  }

  /** Events counted but not yet sampled. */
  void behind(long count) {
    behind = count;
  }

  /** Events of the topic not yet sampled, and partitions held back. */
  void reading(long events, int partitionsPaused) {
    lag = events;
    paused = partitionsPaused;
  }

  void memory(ClassMemory memory) {
    for (int c = 0; c < memoryRows.length(); c++) {
      memoryRows.set(c, memory.size(c));
    }
  }

  private double uses(int label) {
    SamplingPlan now = plan;
    return now == null ? Double.NaN : now.uses()[label];
  }

  /** p_c times how often an event of the class is taken, over the sum of that. */
  private static double[] expected(SamplingPlan plan, IntToDoubleFunction taken) {
    double[] shares = new double[plan.prior().length];
    double sum = 0;
    for (int c = 0; c < shares.length; c++) {
      shares[c] = plan.prior()[c] * taken.applyAsDouble(c);
      sum += shares[c];
    }
    for (int c = 0; c < shares.length; c++) {
      shares[c] = sum > 0 ? shares[c] / sum : Double.NaN;
    }
    return shares;
  }

  private double achievedDraws() {
    SamplingPlan now = plan;
    return now == null ? Double.NaN : now.achievedDraws();
  }

  private double weightsVersion() {
    SamplingPlan now = plan;
    return now == null ? Double.NaN : now.snapshot().version();
  }
}
