package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.JobMetric;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import dev.counterweight.sampling.ReplayBuffer;
import dev.counterweight.sampling.SamplingPlan;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The sampler's meters. Written by one thread but where it says so, read by any. */
final class SamplerMeters {
  private static final String ROLE = "sampler";

  private final JobMeters meters;
  private final Counter events;
  private final Counter fresh;
  private final Counter replays;
  private final Counter evaluated;
  private final Counter corrections;
  private final Counter omitted;
  private final Counter batches;
  private final Counter transactions;
  private final Counter aborts;
  private final DistributionSummary rows;
  private final DistributionSummary bytes;
  private final DistributionSummary spans;
  private final ShareMeters shares;
  private final AtomicIntegerArray memoryRows;
  private volatile @Nullable SamplingPlan plan;
  private volatile long publishedMs = -1;
  private volatile double behind = Double.NaN;
  private volatile double lag = Double.NaN;
  private volatile int paused;
  private volatile double lead = Double.NaN;
  private volatile boolean waiting;

  SamplerMeters(MeterRegistry registry, String job, List<String> classes, InstantSource clock) {
    this.meters = new JobMeters(registry, job);
    this.events = meters.counter(SamplerMetric.SAMPLED);
    this.fresh = meters.counter(SamplerMetric.DRAWS, "fresh");
    this.replays = meters.counter(SamplerMetric.DRAWS, "replay");
    this.evaluated = meters.counter(SamplerMetric.EVALUATED);
    this.corrections = meters.counter(SamplerMetric.EVALUATION_CORRECTIONS);
    for (EventRejectedException.Reason reason : EventRejectedException.Reason.values()) {
      // A rate needs a zero to start from.
      unused(reason);
    }
    this.omitted = meters.counter(SamplerMetric.DEAD_LETTERS_OMITTED);
    this.batches = meters.counter(SamplerMetric.BATCHES);
    this.transactions = meters.counter(SamplerMetric.TRANSACTIONS, "committed");
    this.aborts = meters.counter(SamplerMetric.TRANSACTIONS, "aborted");
    this.rows = meters.histogram(SamplerMetric.BATCH_DRAWS);
    this.bytes = meters.histogram(SamplerMetric.BATCH_SIZE);
    this.spans = meters.histogram(SamplerMetric.SPAN_EVENTS);
    this.memoryRows = new AtomicIntegerArray(classes.size());
    meters.gauges(SamplerMetric.MEMORY_ROWS, classes, memoryRows::get);
    meters.gauges(SamplerMetric.CLASS_USES, classes, c -> of(plan, p -> p.uses()[c]));
    meters.gauge(SamplerMetric.DRAWS_PER_EVENT, () -> of(plan, SamplingPlan::achievedDraws));
    meters.gauge(SamplerMetric.BEHIND, () -> behind);
    meters.gauge(SamplerMetric.PAUSED, () -> paused);
    meters.gauge(SamplerMetric.LEAD, () -> lead);
    meters.gauge(SamplerMetric.WAITING, () -> waiting ? 1 : 0);
    this.shares = new ShareMeters(meters, classes);
    meters.gauge(JobMetric.LAG, () -> lag, ROLE);
    meters.gauge(JobMetric.WEIGHTS_VERSION, () -> of(plan, p -> p.snapshot().version()), ROLE);
    meters.gauge(
        JobMetric.WEIGHTS_AGE,
        () -> publishedMs < 0 ? Double.NaN : Math.max(0, clock.millis() - publishedMs) / 1e3,
        ROLE);
  }

  /** An event of this class is used. */
  void used(int label) {
    shares.consumed(label);
  }

  /** A record cut. */
  void written(MiniBatch batch) {
    shares.written(batch);
    rows.record(batch.draws().rows());
    spans.record(batch.origin().events());
  }

  /** The size of a record as written; may be called by any thread. */
  void size(int written) {
    bytes.record(written);
  }

  /** A transaction committed, and what it accounts for. */
  void committed(Tally tally) {
    events.increment(tally.events);
    batches.increment(tally.records);
    fresh.increment(tally.fresh);
    replays.increment(tally.replays);
    evaluated.increment(tally.evaluated);
    corrections.increment(tally.corrections);
    tally.letters.forEach((reason, count) -> unused(reason).increment(count));
    tally.passedOver.forEach((reason, count) -> unused(reason).increment(count));
    omitted.increment(tally.omitted);
    shares.publish();
    transactions.increment();
  }

  /** The counter of the events that are not used for a reason. */
  private Counter unused(EventRejectedException.Reason reason) {
    return reason.deadLetter()
        ? meters.counter(SamplerMetric.DEAD_LETTERS, reason.text())
        : meters.counter(JobMetric.PASSED_OVER, ROLE, reason.text());
  }

  void aborted() {
    aborts.increment();
  }

  /** The snapshot that events are now used with, and when the broker took it. */
  void following(SnapshotRecord snapshot) {
    publishedMs = snapshot.publishedMs();
  }

  void using(SamplingPlan next) {
    plan = next;
    shares.expect(next);
  }

  void lead(double rows, boolean waitedFor) {
    lead = rows;
    waiting = waitedFor;
  }

  /** Why no event is used now, or null if nothing keeps the sampler. */
  @Nullable String waitsFor() {
    return waiting
        ? "waiting for the trainer: the batch log is %.0f draws ahead of it".formatted(lead)
        : null;
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

  void memory(ReplayBuffer memory) {
    for (int c = 0; c < memoryRows.length(); c++) {
      memoryRows.set(c, memory.size(c));
    }
  }

  private static double of(@Nullable SamplingPlan now, ToDoubleFunction<SamplingPlan> value) {
    return now == null ? Double.NaN : value.applyAsDouble(now);
  }
}
