package dev.counterweight.counter;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.streams.InputOffsets;
import dev.counterweight.streams.ReadStart;
import dev.counterweight.weights.HalfLife;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the counting of a partition goes on, and what retention deleted before. */
final class PartitionStart {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionStart.class);

  private PartitionStart() {}

  /**
   * The row to go on from: events were lost only if the log begins after all that was read.
   *
   * @param stored what the store has, if the job has counted the partition before
   * @throws FailureException if events were lost and {@code events.lost=fail}
   * @throws IllegalStateException if the store was restored before the transaction was complete
   *     that the committed offset is of: started anew, it has it
   */
  static PartitionCounts of(
      CounterTopology.Settings settings, int partition, @Nullable PartitionCounts stored) {
    InputOffsets offsets = settings.offsets();
    if (stored == null && offsets.committedWithState(partition)) {
      throw new IllegalStateException(
          "partition %d: the state restored has no counts of it, and what was committed with them ends at offset %d"
              .formatted(
                  partition, offsets.committed(partition).orElse(offsets.logStart(partition))));
    }
    PartitionCounts known = stored == null ? null : stored.of(partition, settings.classCount());
    ReadStart start =
        ReadStart.of(
            offsets,
            new TopicPartition(settings.events().topic(), partition),
            known == null ? OptionalLong.empty() : OptionalLong.of(known.next()),
            settings.events().lost(),
            "counted",
            LOG);
    settings.metrics().count(CounterMetric.LOST, start.lost());
    HalfLife halfLife = settings.counter().halfLife();
    PartitionCounts found =
        known != null
            ? known
            : PartitionCounts.startingAt(start.from(), halfLife, settings.classCount());
    return found.movedTo(start.next()).withHalfLife(halfLife);
  }
}
