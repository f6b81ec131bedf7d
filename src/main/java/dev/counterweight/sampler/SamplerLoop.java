package dev.counterweight.sampler;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TransactionalWriter;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumes events in step with the counter, so that an event is counted before it is sampled, and
 * commits what is written together with the offsets it accounts for, while it goes on. One thread;
 * owns no client.
 */
final class SamplerLoop implements ConsumerRebalanceListener {

  /** What the loop works with. */
  record Parts(
      JobConfig config,
      org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
      SnapshotFollower follower,
      Consumer<SnapshotRecord> check,
      StartPositions starts,
      RecentStarts recent,
      EventSampler sampler,
      BatchOutput output,
      SamplerMeters metrics,
      InstantSource clock,
      Ticker ticker,
      Retry retry) {}

  private static final Logger LOG = LoggerFactory.getLogger(SamplerLoop.class);
  private static final Duration IDLE = Duration.ofMillis(50);
  private static final Duration SNAPSHOT_WAIT = Duration.ofMillis(10);
  private static final int MAX_ABORTS = 5;
  private static final long MEASURE_EVERY_MS = 1000;

  /** What a turn found to do. */
  private enum Phase {
    /** Nothing was assigned yet: there is nothing to keep in step with. */
    JOINING,
    /** The batch log is too far ahead of the trainer. */
    HELD_BACK,
    /** Used events that the snapshot covers. */
    USING,
    /** Waits for more events that the snapshot covers. */
    AWAITING_EVENTS,
    /** Has used all that the snapshot covers, and waits for the next. */
    AWAITING_SNAPSHOT,
    /** Took the next snapshot. */
    FOLLOWING,
    /** Leaves the group: everything is committed, or is not to be. */
    LEAVING
  }

  final EventReader reader;
  final SnapshotGate gate;

  private final Parts parts;
  private final EventSampler sampler;
  private final BatchOutput output;
  private final String topic;
  private final EndMark end;
  private Phase phase = Phase.JOINING;
  private long measuredMs;
  private int aborts;
  private long commitsBefore;
  private @Nullable RuntimeException callbackFailure;

  /** Begins with the snapshot that the sampler has: the oldest kept, just given by the follower. */
  SamplerLoop(Parts parts, EndMark end) {
    this.parts = parts;
    this.sampler = parts.sampler();
    this.output = parts.output();
    this.topic = parts.config().events().topic();
    this.end = end;
    this.reader = new EventReader(parts.consumer(), parts.config().events(), sampler.builder());
    this.gate = new SnapshotGate(parts, reader, end);
  }

  /**
   * Works until {@code stop} is true or the end is reached; then everything used is committed.
   *
   * @throws FailureException if it cannot go on
   */
  void run(BooleanSupplier stop) {
    try {
      begin();
      boolean done = false;
      while (!done && !stop.getAsBoolean()) {
        done = work();
      }
      if (!done) {
        commitAll();
      }
    } catch (TransactionalWriter.AbortedException e) {
      LOG.warn("The last transaction was aborted: its events will be used after the next start", e);
      output.abort();
    } finally {
      phase = Phase.LEAVING;
    }
  }

  /** Takes part in the group; comes before {@link #work}. */
  void begin() {
    parts.consumer().subscribe(List.of(topic), this);
  }

  /**
   * Takes one turn.
   *
   * @return whether the end is reached, and everything used is committed
   * @throws FailureException if it cannot go on
   */
  boolean work() {
    try {
      turn();
      if (phase != Phase.JOINING && end.reached(reader, parts.consumer(), topic)) {
        finish();
        return true;
      }
    } catch (TransactionalWriter.AbortedException e) {
      recover(e, Set.of());
    } catch (TimeoutException e) {
      LOG.warn("No answer, trying again: {}", e.getMessage());
    }
    return false;
  }

  private void turn() {
    long nowMs = parts.ticker().millis();
    sampler.adapt(nowMs);
    phase = next(parts.clock().millis());
    poll(
        switch (phase) {
          case USING, FOLLOWING -> Duration.ZERO;
          case AWAITING_SNAPSHOT -> reader.holdsAny() ? Duration.ZERO : IDLE;
          case JOINING, HELD_BACK, AWAITING_EVENTS, LEAVING -> IDLE;
        });
    sampler.cutIfDue(nowMs);
    if (nowMs - measuredMs >= MEASURE_EVERY_MS) {
      measuredMs = nowMs;
      parts.metrics().reading(reader.lag(), reader.paused());
    }
    output.commitIfDue(
        nowMs, parts.config().sampler().commitIntervalMs(), parts.consumer()::groupMetadata);
  }

  /** Does what there is to do before the next poll. */
  private Phase next(long nowMs) {
    if (phase == Phase.JOINING) {
      return Phase.JOINING;
    }
    if (sampler.waiting()) {
      return Phase.HELD_BACK;
    }
    if (gate.useEvents(nowMs)) {
      return Phase.USING;
    }
    if (!gate.passed()) {
      return Phase.AWAITING_EVENTS;
    }
    return gate.followNext(reader.holdsAny() ? SNAPSHOT_WAIT : Duration.ZERO)
        ? Phase.FOLLOWING
        : Phase.AWAITING_SNAPSHOT;
  }

  private void poll(Duration wait) {
    try {
      reader.poll(wait);
    } catch (OffsetOutOfRangeException e) {
      parts.retry().until("tell which events were lost", () -> reader.skip(e));
    } catch (AuthorizationException e) {
      throw new FailureException("cannot read topic '" + topic + "': " + e.getMessage(), e);
    } finally {
      RuntimeException failure = callbackFailure;
      callbackFailure = null;
      if (failure != null) {
        throw failure;
      }
    }
  }

  private void commitAll() {
    sampler.cutIfAny();
    commit();
  }

  private void commit() {
    output.commitAll(parts.consumer().groupMetadata());
  }

  /** Cuts a last record whose spans reach the end, where no event may stand. */
  private void finish() {
    reader.cursors().values().forEach(cursor -> cursor.span().advance(end.of(cursor.number())));
    if (!reader.cursors().isEmpty()) {
      sampler.cut();
    }
    commit();
  }

  /**
   * Starts again from what is committed.
   *
   * @param added partitions to take in hand beside those that are
   */
  private void recover(TransactionalWriter.AbortedException cause, Set<Integer> added) {
    // What a broker that is away aborts says nothing about what comes next.
    if (!(cause.getCause() instanceof TimeoutException)) {
      aborts = output.commits() == commitsBefore ? aborts + 1 : 1;
      commitsBefore = output.commits();
    }
    if (cause.getCause() instanceof RecordTooLargeException) {
      output.abort();
      throw new FailureException(
          "a batch record is larger than topic '%s' takes: set sampler.record.max.bytes=%d below its max.message.bytes; or a dead letter is larger than topic '%s' has taken since its max.message.bytes was lowered: start again: %s"
              .formatted(
                  parts.config().topics().batches(),
                  parts.config().sampler().recordMaxBytes(),
                  parts.config().topics().deadLetters(),
                  cause.getMessage()),
          cause);
    }
    if (aborts > MAX_ABORTS) {
      throw new FailureException(
          "%d transactions in a row were aborted; the last: %s"
              .formatted(aborts, cause.getMessage()),
          cause);
    }
    LOG.warn("A transaction was aborted; its events are used again: {}", cause.getMessage());
    output.abort();
    sampler.restart();
    Set<Integer> all = new HashSet<>(reader.cursors().keySet());
    all.forEach(reader::close);
    all.addAll(added);
    take(all);
  }

  /**
   * Takes partitions in hand that this instance was given within a poll, when a transaction of its
   * own may be open: that one would hold back what is to be read of them in the batch log.
   */
  private void takeAssigned(Set<Integer> partitions) {
    try {
      commit();
    } catch (TransactionalWriter.AbortedException e) {
      // It may be known from the same rebalance: mended here, it is nothing more to the loop.
      if (callbackFailure instanceof TransactionalWriter.AbortedException) {
        callbackFailure = null;
      }
      recover(e, partitions);
      return;
    }
    take(partitions);
  }

  /** Goes on with partitions; the memory is brought up to what other instances drew of them. */
  private void take(Set<Integer> partitions) {
    if (partitions.isEmpty()) {
      return;
    }
    parts
        .retry()
        .until(
            "take partitions " + partitions + " of '" + topic + "' in hand",
            () -> {
              gate.take(partitions);
              sampler.refill();
            });
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    phase = phase == Phase.JOINING ? Phase.AWAITING_EVENTS : phase;
    guard(() -> takeAssigned(numbers(partitions)));
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    guard(this::commitAll);
    guard(() -> numbers(partitions).forEach(reader::close));
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    guard(
        () -> {
          numbers(partitions).forEach(reader::close);
          recover(
              new TransactionalWriter.AbortedException(
                  new IllegalStateException("partitions lost")),
              Set.of());
        });
  }

  /** Keeps a failure for the loop: thrown inside a rebalance it would be wrapped and logged. */
  private void guard(Runnable action) {
    if (phase == Phase.LEAVING) {
      return;
    }
    try {
      action.run();
    } catch (RuntimeException e) {
      if (callbackFailure == null) {
        callbackFailure = e;
      }
    }
  }

  private static Set<Integer> numbers(Collection<TopicPartition> partitions) {
    return partitions.stream().map(TopicPartition::partition).collect(Collectors.toSet());
  }
}
