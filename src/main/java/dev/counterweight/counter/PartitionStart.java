package dev.counterweight.counter;

import dev.counterweight.protocol.FailureException;
import dev.counterweight.streams.DeletedRecords;
import dev.counterweight.streams.InputOffsets;
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
    long logStart = offsets.logStart(partition);
    OptionalLong committed = offsets.committed(partition);
    if (stored == null && offsets.committedWithState(partition)) {
      throw new IllegalStateException(
          "partition %d: the state restored has no counts of it, and what was committed with them ends at offset %d"
              .formatted(partition, committed.orElse(logStart)));
    }
    PartitionCounts found =
        stored != null
            ? stored.of(partition, settings.classCount())
            : PartitionCounts.startingAt(
                committed.orElse(logStart), settings.counter().halfLife(), settings.classCount());
    // The position committed may lie beyond the last event, after the marker of a transaction.
    long read = Math.max(found.next(), committed.orElse(found.next()));
    TopicPartition source = new TopicPartition(settings.events().topic(), partition);
    settings
        .metrics()
        .count(
            CounterMetric.LOST,
            DeletedRecords.before(
                source, read, logStart, settings.events().lost(), "counted", LOG));
    return (logStart > found.next() ? found.movedTo(logStart) : found)
        .withHalfLife(settings.counter().halfLife());
  }
}
