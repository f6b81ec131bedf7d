package dev.counterweight.sampling;

import dev.counterweight.runtime.FailureException;
import dev.counterweight.sampling.SnapshotFollower.Snapshot;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Keeps events in step with snapshots: every partition in hand is used up to what one snapshot
 * covers before the next snapshot is taken. Not thread-safe.
 */
final class Lockstep {
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final int CHUNK = 128;
  private static final int EVENTS_A_TURN = 4096;

  private final EventReader reader;
  private final EventSampler sampler;
  private final SnapshotFollower follower;
  private final Consumer<Snapshot> check;
  private final EndMark end;
  private final SamplerMetrics metrics;

  /**
   * @param check fails on a snapshot that is not of these events
   */
  Lockstep(
      EventReader reader,
      EventSampler sampler,
      SnapshotFollower follower,
      Consumer<Snapshot> check,
      EndMark end,
      SamplerMetrics metrics) {
    this.reader = reader;
    this.sampler = sampler;
    this.follower = follower;
    this.check = check;
    this.end = end;
    this.metrics = metrics;
  }

  /** Uses what the snapshot covers, the partitions by turns; whether there was any. */
  boolean useEvents(long nowMs) {
    int used = 0;
    int before = -1;
    while (used > before && used < EVENTS_A_TURN) {
      before = used;
      for (int partition : reader.partitions()) {
        long limit = end.limit(partition, covered(partition));
        List<ConsumerRecord<byte[], byte[]>> events = reader.take(partition, limit, CHUNK);
        sampler.use(events, nowMs);
        used += events.size();
      }
    }
    metrics.consumed(used);
    return used > 0;
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

  /** Goes to the first snapshot kept at or after an offset of the class-weights topic. */
  void goTo(long snapshotOffset) {
    follower.seek(snapshotOffset);
    // A poll may come back empty over markers and what compaction removed: there is more behind.
    long deadlineNs = System.nanoTime() + PATIENCE.toNanos();
    boolean found = false;
    while (!found && System.nanoTime() < deadlineNs) {
      found = followNext(POLL);
    }
    if (!found) {
      throw new FailureException(
          "no snapshot can be read at or after offset %d of the class-weights topic within %d s"
              .formatted(snapshotOffset, PATIENCE.toSeconds()));
    }
  }

  private Snapshot follow(Snapshot next) {
    check.accept(next);
    sampler.follow(end.see(next));
    return next;
  }

  private long covered(int partition) {
    return sampler.snapshot().weights().covered().getOrDefault(partition, 0L);
  }
}
