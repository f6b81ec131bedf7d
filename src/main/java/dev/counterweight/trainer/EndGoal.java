package dev.counterweight.trainer;

import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.LogEnds;
import java.util.Map;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.jspecify.annotations.Nullable;

/**
 * Where a run may stop: after the counter's end mark, unless that is an earlier run's. That it is
 * not shows in the mark, which does not lie below where the events topic ended when this run began,
 * or in its record, which was written since: on a topic that is still written a mark may well lie
 * below the end that this run saw.
 *
 * @param start {partition: oldest offset of the events topic then}; null for a run without an end
 * @param least {partition: its read_committed end then}; null likewise
 * @param batches the end of the batch log then
 */
record EndGoal(
    @Nullable Map<Integer, Long> start, @Nullable Map<Integer, Long> least, long batches) {
  /** A run that never stops by itself. */
  static final EndGoal NONE = new EndGoal(null, null, 0);

  /** Looks at the topics. */
  static EndGoal of(AdminCalls calls, String events, int partitions, String batchLog) {
    return new EndGoal(
        offsets(calls, events, partitions, OffsetSpec.earliest()),
        offsets(calls, events, partitions, OffsetSpec.latest()),
        offsets(calls, batchLog, 1, OffsetSpec.latest()).getOrDefault(0, 0L));
  }

  /**
   * Whether the run is at its end. Events that retention deleted count as done only where the batch
   * log holds nothing more: they may have been sampled long before they were deleted.
   *
   * @param marked the batch record that the mark is of: its offset; -1 while there is none
   * @param exhausted whether every batch record was trained on and no more seem to come
   */
  boolean reached(Progress progress, long marked, boolean exhausted) {
    return start != null
        && least != null
        && progress.reachedEnd(exhausted ? start : Map.of(), marked >= batches ? Map.of() : least);
  }

  private static Map<Integer, Long> offsets(
      AdminCalls calls, String topic, int partitions, OffsetSpec spec) {
    return calls.offsets(
        LogEnds.partitions(topic, partitions), spec, IsolationLevel.READ_COMMITTED);
  }
}
