package dev.counterweight.sampler;

import dev.counterweight.protocol.RunEnd;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * Where a sampler started to stop at the end stops: at the mark in a snapshot of a counter that
 * runs beside it, see {@link RunEnd}. An earlier run's mark is not passed on either. Not
 * thread-safe.
 */
final class EndMark {
  private final boolean obey;
  private final RunEnd run;
  private SortedMap<Integer, Long> marks = Collections.emptySortedMap();

  /**
   * @param obey whether to stop at all; marks are passed on to the trainer all the same
   */
  EndMark(boolean obey, RunEnd run) {
    this.obey = obey;
    this.run = run;
  }

  /**
   * Takes the mark of the snapshot to be used next, which is returned without one to be ignored.
   */
  SnapshotRecord see(SnapshotRecord next) {
    SortedMap<Integer, Long> end = next.weights().offsets().end();
    boolean own = run.owns(end, next.offset());
    marks = obey && own ? end : Collections.emptySortedMap();
    return own || end.isEmpty()
        ? next
        : new SnapshotRecord(next.weights().withoutEnd(), next.offset(), next.publishedMs());
  }

  /** Whether there is a mark to stop at. */
  boolean isSet() {
    return !marks.isEmpty();
  }

  /** The offset to stop at in a partition; 0 for one that the mark does not know. */
  long of(int partition) {
    return marks.getOrDefault(partition, 0L);
  }

  /** How far to use a partition of which {@code covered} is counted. */
  long limit(int partition, long covered) {
    return isSet() ? Math.min(covered, of(partition)) : covered;
  }

  /**
   * Whether everything up to the mark is used: of the partitions in hand, or where there are none,
   * of all by the group's offsets.
   */
  boolean reached(EventReader reader, Consumer<?, ?> consumer, String topic) {
    if (!isSet()) {
      return false;
    }
    Collection<PartitionCursor> cursors = reader.cursors().values();
    if (!cursors.isEmpty()) {
      return cursors.stream().allMatch(cursor -> reader.reached(cursor) >= of(cursor.number()));
    }
    Map<TopicPartition, OffsetAndMetadata> committed =
        consumer.committed(
            marks.keySet().stream()
                .map(p -> new TopicPartition(topic, p))
                .collect(Collectors.toSet()));
    return RunEnd.reached(
        marks,
        partition -> {
          OffsetAndMetadata offset = committed.get(new TopicPartition(topic, partition));
          return offset == null ? 0 : offset.offset();
        });
  }
}
