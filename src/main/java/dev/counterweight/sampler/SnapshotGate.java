package dev.counterweight.sampler;

import dev.counterweight.kafka.Ticker;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Keeps events in step with snapshots: every partition in hand is used up to what one snapshot
 * covers before the next snapshot is taken. Not thread-safe.
 */
final class SnapshotGate {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  // A turn ends soon, however many draws an event makes, so that what it writes is committed.
  private static final int EVENTS_A_TURN = 4096;
  private static final long MAX_TURN_MS = 100;

  private final EventReader reader;
  private final EventSampler sampler;
  private final SnapshotFollower follower;
  private final Consumer<SnapshotRecord> check;
  private final EndMark end;
  private final SamplerMeters metrics;
  private final Ticker ticker;
  private int last = -1;
  private boolean arrived = true;

  /**
   * @param check fails on a snapshot that is not of these events
   */
  SnapshotGate(
      EventReader reader,
      EventSampler sampler,
      SnapshotFollower follower,
      Consumer<SnapshotRecord> check,
      EndMark end,
      SamplerMeters metrics,
      Ticker ticker) {
    this.reader = reader;
    this.sampler = sampler;
    this.follower = follower;
    this.check = check;
    this.end = end;
    this.metrics = metrics;
    this.ticker = ticker;
  }

  /**
   * Uses some of what the snapshot covers, the partitions by turns; whether there was any.
   *
   * @param nowMs the wall clock's time
   */
  boolean useEvents(long nowMs) {
    long endMs = ticker.millis() + MAX_TURN_MS;
    int used = 0;
    int idle = 0;
    List<Integer> order = order();
    for (int i = 0; idle < order.size(); i++) {
      if (used >= EVENTS_A_TURN || sampler.mustCommit() || ticker.millis() >= endMs) {
        break;
      }
      last = order.get(i % order.size());
      long limit = end.limit(last, covered(last));
      List<ConsumerRecord<byte[], byte[]>> events = reader.take(last, limit, sampler.atOnce());
      sampler.use(events, nowMs);
      used += events.size();
      idle = events.isEmpty() ? idle + 1 : 0;
    }
    return used > 0;
  }

  /** The partitions in hand, first the one after the last served. */
  private List<Integer> order() {
    SortedSet<Integer> held = reader.partitions();
    List<Integer> order = new ArrayList<>(held.tailSet(last + 1));
    order.addAll(held.headSet(last + 1));
    return order;
  }

  /** Whether every partition is used up to what the snapshot covers. */
  boolean passed() {
    boolean all = true;
    long behind = 0;
    for (int partition : reader.partitions()) {
      long covered = covered(partition);
      sampler.advance(partition, Math.min(covered, reader.reached(partition)));
      behind += Math.max(0, covered - sampler.position(partition));
      // A position already beyond a snapshot is no reason to stay with it.
      all &= sampler.position(partition) >= end.limit(partition, covered);
    }
    metrics.behind(behind);
    return all;
  }

  /** Takes the next snapshot; false if there is none within {@code wait}. */
  boolean followNext(Duration wait) {
    return follower.next(wait).map(this::follow).isPresent();
  }

  /**
   * Goes to the first snapshot kept at or after an offset of the class-weights topic. Where this
   * fails it is to be done again, whatever snapshot is in use by then: see {@link #arrived}.
   */
  void goTo(long snapshotOffset) {
    arrived = false;
    follower.seek(snapshotOffset);
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
        follower.before(sampler.snapshot().offset()).map(SnapshotRecord::weights).orElse(null));
    arrived = true;
  }

  /** Whether the last {@link #goTo} came to its end: else what came before is not known yet. */
  boolean arrived() {
    return arrived;
  }

  private SnapshotRecord follow(SnapshotRecord next) {
    check.accept(next);
    sampler.follow(end.see(next));
    return next;
  }

  private long covered(int partition) {
    return sampler.snapshot().weights().offsets().covered().getOrDefault(partition, 0L);
  }
}
