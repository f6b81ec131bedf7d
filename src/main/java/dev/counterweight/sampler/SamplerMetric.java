package dev.counterweight.sampler;

import static dev.counterweight.runtime.MetricDeclaration.CLASS;
import static dev.counterweight.runtime.MetricDeclaration.counter;
import static dev.counterweight.runtime.MetricDeclaration.gauge;
import static dev.counterweight.runtime.MetricDeclaration.histogram;

import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.runtime.MetricDeclaration.Rest;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import java.util.List;

/** What the sampler measures. */
public enum SamplerMetric implements Metric {
  SAMPLED(
      counter(
          "counterweight.events.sampled",
          Unit.EVENTS,
          "Events consumed by the sampler; counted, as draws, batch records and dead letters are,"
              + " once the transaction is committed.")),
  BEHIND(
      gauge(
          "counterweight.events.behind",
          Unit.EVENTS,
          "Events that are counted and not yet sampled, of the partitions that this process has:"
              + " their offsets, hence fewer where transactions or compaction left gaps.")),
  EVALUATED(
      counter(
          "counterweight.events.evaluated",
          Unit.EVENTS,
          "Events put into the evaluation slices of batch records.")),
  EVALUATION_CORRECTIONS(
      counter(
          "counterweight.evaluation.corrections",
          Unit.EVENTS,
          "Events that came again with another class, and were put into no evaluation slice: what"
              + " was predicted of them has been judged by the class that they had.")),
  DEAD_LETTERS(
      counter(
          "counterweight.dead.letters",
          Unit.EVENTS,
          "Events rejected, and written to the dead-letter topic but for those that"
              + " counterweight.dead.letters.omitted counts.",
          "reason")),
  DEAD_LETTERS_OMITTED(
      counter(
          "counterweight.dead.letters.omitted",
          Unit.EVENTS,
          "Events rejected of which no dead letter was written: there were more than"
              + " dead.letters.max.rate allows.")),
  DRAWS(
      counter(
          "counterweight.draws",
          Unit.ROWS,
          "Draws made, by kind: fresh (an event's first) or replay (any later one).",
          "kind")),
  DRAWS_PER_EVENT(
      gauge(
          "counterweight.draws.per.event",
          Unit.NONE,
          "Draws that an event is expected to get as of now; it follows the trainer under"
              + " sampler.draws.per.event=auto.")),
  CLASS_USES(
      gauge(
          "counterweight.class.uses",
          Unit.NONE,
          "Expected number of times that an event of the class enters a batch.",
          CLASS)),
  BATCHES(counter("counterweight.batches", Unit.RECORDS, "Batch records written.")),
  BATCH_DRAWS(
      histogram(
          "counterweight.batch.draws",
          Unit.ROWS,
          List.of(1.0, 8.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 4096.0),
          "Draws in a batch record.")),
  BATCH_SIZE(
      histogram(
          "counterweight.batch.size",
          Unit.BYTES,
          List.of(1024.0, 4096.0, 16384.0, 65536.0, 262144.0, 1048576.0),
          "Size of a batch record.")),
  SPAN_EVENTS(
      histogram(
          "counterweight.span.events",
          Unit.EVENTS,
          List.of(1.0, 16.0, 64.0, 256.0, 1024.0, 4096.0, 16384.0),
          "Events that a batch record covers, over its partitions.")),
  TRANSACTIONS(
      counter(
          "counterweight.transactions",
          Unit.COUNT,
          "The sampler's transactions, by outcome: committed or aborted.",
          "outcome")),
  MEMORY_ROWS(
      gauge(
              "counterweight.memory.rows",
              Unit.ROWS,
              "Events remembered for replay, by class.",
              CLASS)
          .withRest(Rest.SUM)),
  LEAD(
      gauge(
          "counterweight.batches.lead",
          Unit.ROWS,
          "Draws that the batch log is ahead of the trainer, by the trainer's own reports; not"
              + " known while none has reported, and under --stop-at-end.")),
  WAITING(
      gauge(
          "counterweight.sampler.waiting",
          Unit.NONE,
          "1 while the sampler uses no event because the batch log is sampler.max.lead ahead of the"
              + " trainer, else 0.")),
  PAUSED(
      gauge(
          "counterweight.partitions.paused",
          Unit.COUNT,
          "Partitions whose reading is held back until what was read is used."));

  private final MetricDeclaration declaration;

  SamplerMetric(MetricDeclaration declaration) {
    this.declaration = declaration;
  }

  @Override
  public MetricDeclaration declaration() {
    return declaration;
  }
}
