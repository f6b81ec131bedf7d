package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.SamplerConfig;
import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.SchemaUnavailableException;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.Records;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import dev.counterweight.sampling.BatchBuilder;
import dev.counterweight.sampling.HashRandom;
import dev.counterweight.sampling.MemoryRefill;
import dev.counterweight.sampling.OpenSpan;
import dev.counterweight.sampling.RateController;
import dev.counterweight.sampling.ReplayBuffer;
import dev.counterweight.sampling.SamplingPlan;
import dev.counterweight.sampling.SamplingPolicy;
import dev.counterweight.sampling.Uses;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.Weighting;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Uses events with the plan of the snapshot in use: decodes them, hands them to the builder, and
 * sends the rejected ones where dead letters go. Not thread-safe.
 */
final class EventSampler {
  // A plan costs a sort of the classes: changes of D below this share of it are left out.
  private static final double MIN_CHANGE = 0.01;

  /**
   * Bounds what an event is used where no maximum is set. weights.max.ratio does not: it is of the
   * objective, and how often a class is drawn changes cost and variance alone.
   */
  private static final double MAX_RATIO = 1e6;

  /** Consumed events at which a batch record is cut. */
  private static final int MAX_SPAN_EVENTS = 4096;

  private static final long REFILL_BYTES = 64 << 20;
  private static final Duration REFILL_TIME = Duration.ofSeconds(10);
  // What the trainer may lag behind without being slow.
  private static final int TARGET_RECORDS = 4;
  private static final int MAX_EVENTS_AT_ONCE = 128;
  private static final int BYTES_AT_ONCE = 1 << 20;

  private final SamplerConfig settings;
  private final EventSchema schema;
  private final long maxFutureMs;
  private final Weighting sampling;
  private final EventDecoder decoder;
  private final ReplayBuffer memory;
  private final BatchBuilder builder;
  private final BatchOutput output;
  private final BatchLog log;
  private final SamplerMeters metrics;
  private final RateController rate;
  private double plannedDraws;
  private SnapshotRecord snapshot;
  private boolean classesAdded; // by it; looked at for every event
  private @Nullable Snapshot before; // the snapshot before it
  private boolean planned;
  private int atOnce = 1; // by the last plan
  // Events being used, and which: the reference is not written an event at a time.
  private List<ConsumerRecord<byte[], byte[]>> current = List.of();
  private int at;

  EventSampler(
      JobConfig config,
      SnapshotRecord first,
      BatchOutput output,
      BatchLog log,
      RateController.@Nullable Reports reports,
      WriterSchemas schemas,
      SamplerMeters metrics) {
    this.settings = config.sampler();
    this.schema = config.events().schema();
    this.maxFutureMs = config.events().maxFutureMs();
    this.sampling = new Weighting(settings.policy().weights(), MAX_RATIO);
    this.decoder = config.events().decoder(schemas);
    this.memory = new ReplayBuffer(schema.classCount(), schema.columnCount(), settings.memory());
    this.output = output;
    this.log = log;
    this.rate =
        new RateController(
            settings.policy().draws().first(),
            settings.policy().auto(),
            (double) TARGET_RECORDS * settings.recordDraws(),
            settings.maxLead(),
            reports);
    this.metrics = metrics;
    this.snapshot = first;
    this.classesAdded = !first.weights().offsets().since().isEmpty();
    this.builder =
        new BatchBuilder(
            schema.schema(),
            new BatchBuilder.Limits(
                config.trainer().batchSize(),
                settings.recordDraws(),
                MAX_SPAN_EVENTS,
                settings.lingerMs(),
                settings.recordMaxBytes()),
            new HashRandom(config.seed()),
            memory,
            decoder,
            rejected -> output.reject(current.get(at), rejected, true),
            output::write,
            config.events().labelled(),
            config.events().recentLabels());
    output.following(first.offset());
    metrics.following(first);
  }

  /** The snapshot in use. */
  SnapshotRecord snapshot() {
    return snapshot;
  }

  /**
   * Uses the next events with the snapshot that comes next; one that was used before is taken to be
   * the first, until {@link #cameAfter} tells better: those that came later would look ahead.
   */
  void follow(SnapshotRecord next) {
    before = next.offset() > snapshot.offset() ? snapshot.weights() : null;
    if (before != null) {
      builder.cameBefore(before.counts().totalEvents());
    }
    snapshot = next;
    classesAdded = !next.weights().offsets().since().isEmpty();
    planned = false;
    output.following(next.offset());
    metrics.following(next);
  }

  /**
   * Says which snapshot stands before the one in use, where that is not the one followed before.
   */
  void cameAfter(@Nullable Snapshot earlier) {
    before = earlier;
    countBefore();
    planned = false;
  }

  /**
   * What the counter counted before the snapshot in use was used before it; of a log whose earlier
   * snapshots are gone, about what that one counts.
   */
  private void countBefore() {
    Snapshot earlier = before;
    Snapshot current = snapshot.weights();
    if (earlier != null) {
      builder.cameBefore(earlier.counts().totalEvents());
    } else if (current.version() > 1) {
      builder.cameBefore(current.counts().totalEvents());
    }
  }

  /** Looks where the trainer stands, and draws more or less from the next event on. */
  void adapt(long nowMs) {
    rate.follow(nowMs);
    planned &= Math.abs(rate.draws() - plannedDraws) <= MIN_CHANGE * plannedDraws;
    metrics.lead(rate.lead(), rate.waiting());
  }

  /** Whether to use no event until the trainer has come nearer. */
  boolean waiting() {
    return rate.waiting();
  }

  /** What makes batch records of the events, of the partitions that it has in hand. */
  BatchBuilder builder() {
    return builder;
  }

  /** How many events to use at once: few where they make many or large rows. */
  int atOnce() {
    return atOnce;
  }

  /**
   * Uses events of one partition in their order, or rejects them.
   *
   * @return how many: fewer than all where the schema of the next cannot be had for now
   */
  int use(OpenSpan span, List<ConsumerRecord<byte[], byte[]>> events, long nowMs) {
    if (events.isEmpty()) {
      return 0;
    }
    plan();
    current = events;
    int size = events.size();
    try {
      for (at = 0; at < size; at++) {
        use(span, events.get(at), nowMs);
      }
    } catch (SchemaUnavailableException e) {
      // Told by who asks the registry; the event comes again.
      return at;
    } finally {
      current = List.of();
    }
    return size;
  }

  private void use(OpenSpan span, ConsumerRecord<byte[], byte[]> event, long nowMs) {
    RawEvent raw = Records.event(event);
    try {
      EventHead head = decoder.head(raw).notAfter(nowMs + maxFutureMs);
      requireCounted(head.label(), event);
      if (head.isCorrection()) {
        output.corrected();
      }
      builder.add(span, event.offset(), head, raw);
      metrics.used(head.label());
    } catch (EventRejectedException e) {
      if (e.reason().deadLetter()) {
        output.reject(event, e, false);
      } else {
        output.passOver(e.reason());
      }
      builder.reject(span, event.offset());
    }
    if (output.lettersFull()) {
      cutIfAny();
    }
  }

  /** An event that was counted as one of no class yet would be trained on beside its counts. */
  private void requireCounted(int label, ConsumerRecord<byte[], byte[]> event)
      throws EventRejectedException {
    if (classesAdded
        && !snapshot.weights().offsets().counted(label, event.partition(), event.offset())) {
      throw new EventRejectedException(
          EventRejectedException.Reason.UNKNOWN_LABEL,
          "class '%s' was added to events.classes after the counter had passed this event: replayed, it is counted"
              .formatted(schema.classes().get(label)));
    }
  }

  /** Cuts the open record if it is old enough. */
  void cutIfDue(long nowMs) {
    if (builder.due(nowMs)) {
      cut();
    }
  }

  /** Cuts the open record if there is anything to pass on. */
  void cutIfAny() {
    if (builder.hasAny()) {
      cut();
    }
  }

  /** Cuts the open record, even an empty one. */
  void cut() {
    plan();
    builder.cut();
  }

  /** Forgets the open record, the partitions and the events remembered. */
  void restart() {
    builder.clear();
    countBefore();
    memory.clear();
  }

  /**
   * Remembers what the batch log holds too, whichever instance drew it; to be called off an event.
   */
  void refill() {
    MemoryRefill refill = new MemoryRefill(schema.schema(), settings.memory());
    log.back(REFILL_BYTES, REFILL_TIME, record -> refill.accept(MiniBatchFormat.read(record)));
    refill.into(memory);
    metrics.memory(memory);
  }

  /** Makes the plan of the snapshot in use when it is first needed: most of a backlog's are not. */
  private void plan() {
    if (planned) {
      return;
    }
    Snapshot weights = snapshot.weights();
    try {
      double[] v = sampling.of(weights.counts().n());
      SamplingPolicy policy = settings.policy();
      rate.between(
          Uses.leastDraws(weights.priors(), v, policy.maxUses(weights.counts())),
          policy.draws(weights.counts()));
      plannedDraws = rate.draws();
      SamplingPlan plan =
          new SamplingPlan(weights, before, v, policy, plannedDraws, settings.evaluationShare());
      builder.plan(plan);
      double bytes =
          BatchBuilder.rowBytes(schema.columnCount())
              * (plan.achievedDraws() + settings.evaluationShare());
      atOnce = (int) Math.max(1, Math.min(MAX_EVENTS_AT_ONCE, BYTES_AT_ONCE / bytes));
      metrics.using(plan);
    } catch (IllegalArgumentException e) {
      throw new FailureException(e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }
    metrics.memory(memory);
    planned = true;
  }
}
