package dev.counterweight.sampling;

import dev.counterweight.weights.ClassWeights;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where a sampler started to stop at the end stops: at the mark in a snapshot, if that is not below
 * the end of the events at this sampler's own start. An earlier run's mark stops nobody.
 */
final class EndMark {
  private final boolean obey;
  private final SortedMap<Integer, Long> endAtStart;
  private SortedMap<Integer, Long> marks = Collections.emptySortedMap();

  private EndMark(boolean obey, SortedMap<Integer, Long> endAtStart) {
    this.obey = obey;
    this.endAtStart = endAtStart;
  }

  /** Never stops. */
  static EndMark never() {
    return new EndMark(false, new TreeMap<>());
  }

  /**
   * Stops at the first mark at or beyond these offsets.
   *
   * @param endAtStart {partition: offset after the last committed event}
   */
  static EndMark from(SortedMap<Integer, Long> endAtStart) {
    return new EndMark(true, endAtStart);
  }

  /** Takes the mark of the snapshot in use, if it has one to be obeyed. */
  void see(ClassWeights snapshot) {
    SortedMap<Integer, Long> end = snapshot.end();
    boolean obeyed =
        obey
            && endAtStart.entrySet().stream()
                .allMatch(own -> end.getOrDefault(own.getKey(), 0L) >= own.getValue());
    marks = obeyed ? end : Collections.emptySortedMap();
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
