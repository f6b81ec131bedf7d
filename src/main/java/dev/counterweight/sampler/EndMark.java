package dev.counterweight.sampler;

import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import java.util.Collections;
import java.util.SortedMap;

/**
 * Where a sampler started to stop at the end stops: at the mark in a snapshot of a counter that
 * runs beside it. That it does shows in the snapshot, published after this sampler began, or in the
 * mark, not below the end of the events at this sampler's own start. On a topic that is still
 * written the mark may well be below that. An earlier run's mark stops nobody, and is not passed
 * on.
 */
final class EndMark {
  private final boolean obey;
  private final SortedMap<Integer, Long> endAtStart;
  private final long snapshotsAtStart;
  private SortedMap<Integer, Long> marks = Collections.emptySortedMap();

  /**
   * @param obey whether to stop at all; marks are passed on to the trainer all the same
   * @param endAtStart {partition: offset after the last committed event} when this sampler began
   * @param snapshotsAtStart the end of the class-weights topic then
   */
  EndMark(boolean obey, SortedMap<Integer, Long> endAtStart, long snapshotsAtStart) {
    this.obey = obey;
    this.endAtStart = endAtStart;
    this.snapshotsAtStart = snapshotsAtStart;
  }

  /**
   * Takes the mark of the snapshot to be used next, which is returned without one to be ignored.
   */
  SnapshotRecord see(SnapshotRecord next) {
    SortedMap<Integer, Long> end = next.weights().end();
    boolean current =
        next.offset() >= snapshotsAtStart
            || endAtStart.entrySet().stream()
                .allMatch(own -> end.getOrDefault(own.getKey(), 0L) >= own.getValue());
    marks = obey && current ? end : Collections.emptySortedMap();
    return current || end.isEmpty()
        ? next
        : new SnapshotRecord(next.weights().withoutEnd(), next.offset(), next.publishedMs());
  }

  /** Whether there is a mark to stop at. */
  boolean isSet() {
    return !marks.isEmpty();
  }

  /** The mark; empty while there is none. */
  SortedMap<Integer, Long> marks() {
    return marks;
  }

  /** The offset to stop at in a partition; 0 for one that the mark does not know. */
  long of(int partition) {
    return marks.getOrDefault(partition, 0L);
  }

  /** How far to use a partition of which {@code covered} is counted. */
  long limit(int partition, long covered) {
    return isSet() ? Math.min(covered, of(partition)) : covered;
  }
}
