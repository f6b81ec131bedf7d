package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.concurrent.atomic.AtomicLong;

/** The sampler's meters, each tagged with the job. Written by one thread, read by any. */
final class SamplerMetrics {
  private final MeterRegistry registry;
  private final Tags tags;
  private final Counter events;
  private final Counter fresh;
  private final Counter replays;
  private final Counter evaluated;
  private final Counter batches;
  private final Counter transactions;
  private final Counter aborts;
  private final DistributionSummary rows;
  private final DistributionSummary bytes;
  private final AtomicLong memoryRows = new AtomicLong();
  private final AtomicLong weightsVersion = new AtomicLong();
  private final AtomicLong behind = new AtomicLong();
  private volatile double achievedDraws = Double.NaN;

  SamplerMetrics(MeterRegistry registry, String job) {
    this.registry = registry;
    this.tags = Tags.of("training_job", job);
    this.events = counter("events", "Events consumed", tags);
    this.fresh = counter("draws", "Draws made", tags.and("kind", "fresh"));
    this.replays = counter("draws", "Draws made", tags.and("kind", "replay"));
    this.evaluated = counter("evaluated", "Events put into the evaluation slice", tags);
    this.batches = counter("batches", "Batch records written", tags);
    this.transactions = counter("transactions", "Transactions committed", tags);
    this.aborts = counter("transactions.aborted", "Transactions aborted", tags);
    this.rows = summary("batch.draws", "Draws a batch record");
    this.bytes = summary("batch.bytes", "Bytes a batch record");
    gauge("memory.events", "Events remembered, over all classes", memoryRows);
    gauge("weights.version", "Version of the snapshot in use", weightsVersion);
    gauge("events.behind", "Events counted but not yet sampled, over the partitions held", behind);
    Gauge.builder("counterweight.sampler.draws.achieved", this, m -> m.achievedDraws)
        .description("Expected draws an event under the snapshot in use")
        .tags(tags)
        .register(registry);
  }

  void consumed(int count) {
    events.increment(count);
  }

  void rejected(String reason) {
    counter("dead.letters", "Events rejected", tags.and("reason", reason)).increment();
  }

  void written(MiniBatch batch, int size) {
    int firsts = 0;
    for (byte flag : batch.draws().fresh()) {
      firsts += flag;
    }
    fresh.increment(firsts);
    replays.increment(batch.draws().rows() - firsts);
    evaluated.increment(batch.evaluation().rows());
    batches.increment();
    rows.record(batch.draws().rows());
    bytes.record(size);
  }

  void committed() {
    transactions.increment();
  }

  void aborted() {
    aborts.increment();
  }

  void using(SamplingPlan plan) {
    weightsVersion.set(plan.snapshot().version());
    achievedDraws = plan.achievedDraws();
  }

  void behind(long count) {
    behind.set(count);
  }

  void memory(int count) {
    memoryRows.set(count);
  }

  private Counter counter(String name, String description, Tags all) {
    return Counter.builder("counterweight.sampler." + name)
        .description(description)
        .tags(all)
        .register(registry);
  }

  private DistributionSummary summary(String name, String description) {
    return DistributionSummary.builder("counterweight.sampler." + name)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private void gauge(String name, String description, AtomicLong value) {
    Gauge.builder("counterweight.sampler." + name, value, AtomicLong::doubleValue)
        .description(description)
        .tags(tags)
        .register(registry);
  }
}
