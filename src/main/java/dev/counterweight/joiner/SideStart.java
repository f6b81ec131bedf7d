package dev.counterweight.joiner;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.joining.Side;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.streams.DeletedRecords;
import dev.counterweight.streams.InputOffsets;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where the joining of a side's partition goes on, and what retention deleted before. */
final class SideStart {
  private static final Logger LOG = LoggerFactory.getLogger(SideStart.class);

  private SideStart() {}

  /**
   * The offset to go on from: records were lost only if the log begins after all that was read.
   *
   * @param stored what the store has; {@link TaskProgress#NEVER} if the partition was never joined
   * @throws FailureException if records were lost and {@code events.lost=fail}
   */
  static long of(JoinSettings settings, Side side, TopicPartition partition, long stored) {
    InputOffsets offsets = settings.offsets().of(side);
    long logStart = offsets.logStart(partition.partition());
    OptionalLong committed = offsets.committed(partition.partition());
    long next = stored != TaskProgress.NEVER ? stored : committed.orElse(logStart);
    // The position committed may lie beyond the last record, after the marker of a transaction.
    long read = Math.max(next, committed.orElse(next));
    EventsConfig.Lost policy = settings.labels().events().lost();
    settings
        .metrics()
        .lost(side, DeletedRecords.before(partition, read, logStart, policy, "joined", LOG));
    return Math.max(next, logStart);
  }
}
