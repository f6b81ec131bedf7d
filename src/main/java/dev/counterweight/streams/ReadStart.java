package dev.counterweight.streams;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.protocol.FailureException;
import java.util.OptionalLong;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;

/**
 * Where the reading of a partition goes on, and what retention deleted before it.
 *
 * @param from the first offset that was not read yet, whether or not it is there still
 * @param next that, or the oldest that is there
 * @param lost offsets that were deleted before they were read
 */
public record ReadStart(long from, long next, long lost) {

  /**
   * Where it goes on: records were lost only if the log begins after all that was read.
   *
   * @param stored the next offset as the role's store has it; where that has none, what is
   *     committed decides, and else the log
   * @param done what records are deleted before, in words, such as "counted"
   * @param log warns of them
   * @throws FailureException naming them, if {@code events.lost=fail}
   */
  public static ReadStart of(
      InputOffsets offsets,
      TopicPartition partition,
      OptionalLong stored,
      EventsConfig.Lost policy,
      String done,
      Logger log) {
    long logStart = offsets.logStart(partition.partition());
    OptionalLong committed = offsets.committed(partition.partition());
    long from = stored.orElse(committed.orElse(logStart));
    // The position committed may lie beyond the last record, after the marker of a transaction.
    long read = Math.max(from, committed.orElse(from));
    if (logStart > read) {
      tell(partition, read, logStart, policy, done, log);
    }
    return new ReadStart(from, Math.max(from, logStart), Math.max(0, logStart - read));
  }

  private static void tell(
      TopicPartition partition,
      long read,
      long logStart,
      EventsConfig.Lost policy,
      String done,
      Logger log) {
    String range =
        "topic '%s', partition %d: offsets %d to %d were deleted before they were %s"
            .formatted(partition.topic(), partition.partition(), read, logStart - 1, done);
    if (policy == EventsConfig.Lost.FAIL) {
      throw new FailureException(range + "; set events.lost=continue to go on without them");
    }
    log.warn("{}; going on without them, as events.lost=continue says", range);
  }
}
