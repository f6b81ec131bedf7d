package dev.counterweight.trainer;

import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.protocol.RunEnd;
import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.jspecify.annotations.Nullable;

/**
 * Where a run may stop: after the counter's end mark, unless that is an earlier run's.
 *
 * @param start {partition: oldest offset of the events topic when the run began}
 * @param end which marks are this run's; null for a run without an end
 */
record EndGoal(Map<Integer, Long> start, @Nullable RunEnd end) {
  /** A run that never stops by itself. */
  static final EndGoal NONE = new EndGoal(Map.of(), null);

  /** Looks at the topics. */
  static EndGoal of(AdminCalls calls, String events, int partitions, String batchLog) {
    return new EndGoal(
        offsets(calls, events, partitions, OffsetSpec.earliest()),
        new RunEnd(
            offsets(calls, events, partitions, OffsetSpec.latest()),
            offsets(calls, batchLog, 1, OffsetSpec.latest()).getOrDefault(0, 0L)));
  }

  /**
   * Whether the run is at its end. Events that retention deleted count as done only where the batch
   * log holds nothing more: they may have been sampled long before they were deleted.
   *
   * @param marked the batch record that the mark is of: its offset; -1 while there is none
   * @param exhausted whether every batch record was trained on and no more seem to come
   */
  boolean reached(Progress progress, long marked, boolean exhausted) {
    Map<Integer, Long> gone = exhausted ? start : Map.of();
    return end != null
        && end.owns(progress.end(), marked)
        && RunEnd.reached(
            progress.end(),
            p -> Math.max(progress.spans().getOrDefault(p, 0L), gone.getOrDefault(p, 0L)));
  }

  private static SortedMap<Integer, Long> offsets(
      AdminCalls calls, String topic, int partitions, OffsetSpec spec) {
    return calls.offsets(
        LogEnds.partitions(topic, partitions), spec, IsolationLevel.READ_COMMITTED);
  }
}
