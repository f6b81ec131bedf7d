package dev.counterweight.sampler;

import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import dev.counterweight.sampling.OpenSpan;
import dev.counterweight.weights.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps events in step with snapshots: every partition in hand is used up to what one snapshot
 * covers before the next snapshot is taken. Not thread-safe.
 */
final class SnapshotGate {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotGate.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  // A turn ends soon, however many draws an event makes, so that what it writes is committed.
  private static final int EVENTS_A_TURN = 4096;
  private static final long MAX_TURN_MS = 100;

  private final SamplerLoop.Parts parts;
  private final EventSampler sampler;
  private final EventReader reader;
  private final EndMark end;
  private final Snapshot oldest;
  private int last = -1;
  private boolean arrived = true; // the last goTo came to its end

  /** Begins with the snapshot that the sampler has: the oldest kept. */
  SnapshotGate(SamplerLoop.Parts parts, EventReader reader, EndMark end) {
    this.parts = parts;
    this.sampler = parts.sampler();
    this.reader = reader;
    this.end = end;
    this.oldest = sampler.snapshot().weights();
  }

  /** Goes on in partitions where they were left, and back to the oldest snapshot that they need. */
  void take(Set<Integer> partitions) {
    String topic = parts.config().events().topic();
    boolean others = !partitions.containsAll(reader.cursors().keySet());
    Set<Integer> all = new HashSet<>(reader.cursors().keySet());
    all.addAll(partitions);
    sampler.builder().requireRoom(all.size());
    long from = others ? sampler.snapshot().offset() : Long.MAX_VALUE;
    Map<TopicPartition, StartPositions.Start> found =
        parts
            .starts()
            .of(
                partitions.stream()
                    .map(p -> new TopicPartition(topic, p))
                    .collect(Collectors.toSet()),
                oldest);
    Map<Integer, float[]> recent = recent(found);
    for (Map.Entry<TopicPartition, StartPositions.Start> start : found.entrySet()) {
      int partition = start.getKey().partition();
      reader.open(partition, start.getValue().offset(), recent.get(partition));
      from = Math.min(from, start.getValue().snapshotOffset());
    }
    if (from != sampler.snapshot().offset() || !arrived) {
      goTo(from);
    }
    LOG.info("Sampling {} from {}", topic, found);
  }

  /** Recent labels to go on from. */
  private Map<Integer, float[]> recent(Map<TopicPartition, StartPositions.Start> found) {
    Map<Integer, Long> used = new HashMap<>();
    if (parts.config().events().recentLabels()) {
      found.forEach(
          (partition, start) -> {
            if (start.used()) {
              used.put(partition.partition(), start.offset());
            }
          });
    }
    return used.isEmpty() ? Map.of() : parts.recent().of(used);
  }

  /**
   * Uses some of what the snapshot covers, the partitions by turns; whether there was any.
   *
   * @param nowMs the wall clock's time
   */
  boolean useEvents(long nowMs) {
    long endMs = parts.ticker().millis() + MAX_TURN_MS;
    int used = 0;
    int idle = 0;
    List<PartitionCursor> order = order();
    for (int i = 0; idle < order.size(); i++) {
      if (used >= EVENTS_A_TURN || parts.output().full() || parts.ticker().millis() >= endMs) {
        break;
      }
      PartitionCursor cursor = order.get(i % order.size());
      last = cursor.number();
      long limit = end.limit(last, covered(last));
      List<ConsumerRecord<byte[], byte[]>> events = cursor.next(limit, sampler.atOnce());
      int now = sampler.use(cursor.span(), events, nowMs);
      cursor.take(now);
      used += now;
      // Where a schema is waited for, the other partitions go on.
      idle = now == 0 ? idle + 1 : 0;
    }
    return used > 0;
  }

  /** The partitions in hand, first the one after the last served. */
  private List<PartitionCursor> order() {
    List<PartitionCursor> order = new ArrayList<>(reader.cursors().tailMap(last + 1).values());
    order.addAll(reader.cursors().headMap(last + 1).values());
    return order;
  }

  /** Whether every partition is used up to what the snapshot covers. */
  boolean passed() {
    boolean all = true;
    long behind = 0;
    for (PartitionCursor cursor : reader.cursors().values()) {
      long covered = covered(cursor.number());
      OpenSpan span = cursor.span();
      span.advance(Math.min(covered, reader.reached(cursor)));
      behind += Math.max(0, covered - span.position());
      // A position already beyond a snapshot is no reason to stay with it.
      all &= span.position() >= end.limit(cursor.number(), covered);
    }
    parts.metrics().behind(behind);
    return all;
  }

  /** Takes the next snapshot; false if there is none within {@code wait}. */
  boolean followNext(Duration wait) {
    return parts.follower().next(wait).map(this::follow).isPresent();
  }

  /**
   * Goes to the first snapshot kept at or after an offset of the class-weights topic. Where this
   * fails it is to be done again, whatever snapshot is in use by then.
   */
  private void goTo(long snapshotOffset) {
    arrived = false;
    parts.follower().seek(snapshotOffset);
    // A poll may come back empty over markers and what compaction removed: there is more behind.
    long deadlineNs = System.nanoTime() + TIMEOUT.toNanos();
    boolean found = false;
    while (!found && System.nanoTime() < deadlineNs) {
      found = followNext(POLL);
    }
    if (!found) {
      // A broker that is away, most likely: for the caller to ask again.
      throw new TimeoutException(
          "no snapshot can be read at or after offset %d of the class-weights topic within %d s"
              .formatted(snapshotOffset, TIMEOUT.toSeconds()));
    }
    sampler.cameAfter(
        parts
            .follower()
            .before(sampler.snapshot().offset())
            .map(SnapshotRecord::weights)
            .orElse(null));
    arrived = true;
  }

  private SnapshotRecord follow(SnapshotRecord next) {
    parts.check().accept(next);
    Snapshot used = sampler.snapshot().weights();
    // The newest may be told again, by hand or for an end mark: it covers the same.
    boolean again =
        next.weights().version() == used.version()
            && next.weights().offsets().covered().equals(used.offsets().covered());
    if (next.offset() > sampler.snapshot().offset() && !again) {
      next.weights().requireFollows(used, parts.config().events().labelled());
    }
    sampler.follow(end.see(next));
    return next;
  }

  private long covered(int partition) {
    return sampler.snapshot().weights().offsets().covered().getOrDefault(partition, 0L);
  }
}
