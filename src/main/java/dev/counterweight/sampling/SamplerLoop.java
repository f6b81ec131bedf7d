package dev.counterweight.sampling;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.sampling.SnapshotFollower.Snapshot;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthorizationException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Consumes events in step with the counter: every partition in hand is used up to what one snapshot
 * covers before the next snapshot is taken, so that an event is counted before it is sampled. What
 * is written is committed together with the offsets it accounts for. One thread; owns no client.
 */
final class SamplerLoop implements ConsumerRebalanceListener {

  /** What the loop works with. */
  record Parts(
      JobConfig config,
      org.apache.kafka.clients.consumer.Consumer<byte[], byte[]> consumer,
      SnapshotFollower follower,
      Consumer<Snapshot> check,
      StartPositions starts,
      EventSampler sampler,
      BatchOutput output,
      SamplerMetrics metrics,
      InstantSource clock) {}

  private static final Logger LOG = LoggerFactory.getLogger(SamplerLoop.class);
  private static final Duration IDLE = Duration.ofMillis(50);
  private static final Duration SNAPSHOT_WAIT = Duration.ofMillis(10);
  private static final Duration SNAPSHOT_PATIENCE = Duration.ofSeconds(30);
  private static final int CHUNK = 32;
  private static final int EVENTS_A_TURN = 4096;
  private static final int MOST_ABORTS = 5;

  private final Parts parts;
  private final EventSampler sampler;
  private final BatchOutput output;
  private final EventReader reader;
  private final String topic;
  private final Snapshot oldest;
  private final EndMark end;
  private boolean joined;
  private int aborts;
  private @Nullable RuntimeException callbackFailure;

  /**
   * @param oldest the oldest snapshot kept, which the follower has just given
   */
  SamplerLoop(Parts parts, Snapshot oldest, EndMark end) {
    this.parts = parts;
    this.sampler = parts.sampler();
    this.output = parts.output();
    this.topic = parts.config().events().topic();
    this.reader = new EventReader(parts.consumer(), topic);
    this.oldest = oldest;
    this.end = end;
    end.see(oldest.weights());
  }

  /**
   * Works until {@code stop} is true or the end is reached; then everything used is committed.
   *
   * @throws FailureException if it cannot go on
   */
  void run(BooleanSupplier stop) {
    sampler.restart();
    parts.consumer().subscribe(List.of(topic), this);
    while (!stop.getAsBoolean()) {
      try {
        turn();
        if (done()) {
          finish();
          return;
        }
      } catch (BatchWriter.AbortedException e) {
        recover(e);
      }
    }
    try {
      sampler.cutIfAny();
      commit();
    } catch (BatchWriter.AbortedException e) {
      LOG.warn("The last transaction was aborted: its events will be used after the next start", e);
      output.abort();
    }
  }

  private void turn() {
    long nowMs = parts.clock().millis();
    boolean used = useEvents(nowMs);
    boolean passed = !used && passed();
    boolean followed = passed && followNext(reader.holdsAny() ? SNAPSHOT_WAIT : Duration.ZERO);
    poll(used || followed || (passed && reader.holdsAny()) ? Duration.ZERO : IDLE);
    sampler.cutIfDue(nowMs);
    if (output.due(nowMs, parts.config().sampler().commitIntervalMs())) {
      commit();
    }
  }

  /** Uses what the snapshot covers, the partitions by turns; whether there was any. */
  private boolean useEvents(long nowMs) {
    int used = 0;
    int before = -1;
    while (used > before && used < EVENTS_A_TURN) {
      before = used;
      for (int partition : reader.partitions()) {
        long limit = end.limit(partition, covered(partition));
        for (int i = 0; i < CHUNK; i++) {
          ConsumerRecord<byte[], byte[]> event = reader.next(partition, limit);
          if (event == null) {
            break;
          }
          sampler.use(event, nowMs);
          used++;
        }
      }
    }
    parts.metrics().consumed(used);
    return used > 0;
  }

  /** Whether every partition is used up to what the snapshot covers. */
  private boolean passed() {
    boolean all = true;
    long behind = 0;
    for (int partition : reader.partitions()) {
      long covered = covered(partition);
      sampler.advance(partition, Math.min(covered, reader.reached(partition)));
      behind += Math.max(0, covered - sampler.position(partition));
      // A position already beyond a snapshot is no reason to stay with it.
      all &= sampler.position(partition) >= end.limit(partition, covered);
    }
    parts.metrics().behind(behind);
    return all;
  }

  private long covered(int partition) {
    return sampler.snapshot().weights().covered().getOrDefault(partition, 0L);
  }

  private boolean followNext(Duration wait) {
    return parts.follower().next(wait).map(this::follow).isPresent();
  }

  private Snapshot follow(Snapshot next) {
    parts.check().accept(next);
    end.see(next.weights());
    sampler.follow(next);
    return next;
  }

  private void poll(Duration wait) {
    try {
      reader.poll(wait);
    } catch (OffsetOutOfRangeException e) {
      lost(e);
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

  private void commit() {
    output.commit(parts.consumer().groupMetadata());
    aborts = 0;
  }

  private boolean done() {
    if (!joined || !end.isSet()) {
      return false;
    }
    Set<Integer> partitions = reader.partitions();
    return partitions.isEmpty()
        ? othersAreDone()
        : partitions.stream().allMatch(p -> reader.reached(p) >= end.of(p));
  }

  /** Whether the group has used everything: an instance that has no partition asks the group. */
  private boolean othersAreDone() {
    SortedMap<Integer, Long> marks = end.marks();
    Map<TopicPartition, OffsetAndMetadata> committed =
        parts
            .consumer()
            .committed(
                marks.keySet().stream()
                    .map(p -> new TopicPartition(topic, p))
                    .collect(Collectors.toSet()));
    return marks.entrySet().stream()
        .allMatch(
            mark -> {
              OffsetAndMetadata offset = committed.get(new TopicPartition(topic, mark.getKey()));
              return mark.getValue() == 0 || (offset != null && offset.offset() >= mark.getValue());
            });
  }

  /** Cuts a last record whose spans reach the end, where no event may stand. */
  private void finish() {
    for (int partition : reader.partitions()) {
      sampler.advance(partition, end.of(partition));
    }
    if (!reader.partitions().isEmpty()) {
      sampler.cut();
    }
    commit();
  }

  /** Starts again from what is committed. */
  private void recover(BatchWriter.AbortedException cause) {
    aborts++;
    if (aborts > MOST_ABORTS) {
      throw new FailureException(
          "%d transactions in a row were aborted; the last: %s"
              .formatted(aborts, cause.getMessage()),
          cause);
    }
    LOG.warn("A transaction was aborted; its events are used again: {}", cause.getMessage());
    output.abort();
    sampler.restart();
    Set<Integer> held = reader.partitions();
    held.forEach(reader::close);
    take(held);
  }

  @Override
  public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
    joined = true;
    guard(() -> take(numbers(partitions)));
  }

  @Override
  public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
    guard(
        () -> {
          sampler.cutIfAny();
          commit();
        });
    numbers(partitions).forEach(this::letGo);
  }

  @Override
  public void onPartitionsLost(Collection<TopicPartition> partitions) {
    guard(
        () -> {
          numbers(partitions).forEach(this::letGo);
          recover(new BatchWriter.AbortedException(new IllegalStateException("partitions lost")));
        });
  }

  private void letGo(int partition) {
    reader.close(partition);
    sampler.close(partition);
  }

  /** Goes on in partitions where they were left, and back to the oldest snapshot that they need. */
  private void take(Set<Integer> partitions) {
    if (partitions.isEmpty()) {
      return;
    }
    Set<Integer> others = new HashSet<>(reader.partitions());
    others.removeAll(partitions);
    long from = others.isEmpty() ? Long.MAX_VALUE : sampler.snapshot().offset();
    Map<TopicPartition, StartPositions.Start> found =
        parts
            .starts()
            .of(
                partitions.stream()
                    .map(p -> new TopicPartition(topic, p))
                    .collect(Collectors.toSet()),
                oldest.weights());
    for (Map.Entry<TopicPartition, StartPositions.Start> start : found.entrySet()) {
      int partition = start.getKey().partition();
      reader.open(partition, start.getValue().offset());
      sampler.open(partition, start.getValue().offset());
      from = Math.min(from, start.getValue().snapshotOffset());
    }
    if (from != sampler.snapshot().offset()) {
      goTo(from);
    }
    LOG.info("Sampling {} from {}", topic, found);
  }

  private void goTo(long snapshotOffset) {
    parts.follower().seek(snapshotOffset);
    if (!followNext(SNAPSHOT_PATIENCE)) {
      throw new FailureException(
          "topic '%s' gives nothing at offset %d for %d s"
              .formatted(
                  parts.config().topics().classWeights(),
                  snapshotOffset,
                  SNAPSHOT_PATIENCE.toSeconds()));
    }
  }

  /** Events were deleted before they were used. */
  private void lost(OffsetOutOfRangeException error) {
    Map<TopicPartition, Long> first =
        parts.consumer().beginningOffsets(error.offsetOutOfRangePartitions().keySet());
    for (Map.Entry<TopicPartition, Long> wanted : error.offsetOutOfRangePartitions().entrySet()) {
      long kept = first.getOrDefault(wanted.getKey(), 0L);
      String range =
          "%s: events %d to %d were deleted before they were used"
              .formatted(wanted.getKey(), wanted.getValue(), kept - 1);
      if (kept <= wanted.getValue()) {
        throw new FailureException(
            "%s has no offset %d: it ends before; was the topic created again?"
                .formatted(wanted.getKey(), wanted.getValue()),
            error);
      }
      if (parts.config().events().lost() == EventsConfig.Lost.FAIL) {
        throw new FailureException(range + "; events.lost=continue goes on without them", error);
      }
      LOG.warn("{}", range);
      int partition = wanted.getKey().partition();
      reader.open(partition, kept);
      sampler.advance(partition, kept);
    }
  }

  /** Keeps a failure for the loop: thrown inside a rebalance it would be wrapped and logged. */
  private void guard(Runnable action) {
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
