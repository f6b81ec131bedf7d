package dev.counterweight.streams;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.protocol.FailureException;
import org.apache.kafka.common.TopicPartition;
import org.slf4j.Logger;

/** What retention deleted before a role had read it. */
public final class DeletedRecords {
  private DeletedRecords() {}

  /**
   * How many offsets of a partition were deleted before they were read: 0 unless the log begins
   * after them.
   *
   * @param read the offset that reading goes on from
   * @param logStart where the log begins
   * @param done what they were deleted before, in words, such as "counted"
   * @param log warns of them
   * @throws FailureException naming them, if {@code events.lost=fail}
   */
  public static long before(
      TopicPartition partition,
      long read,
      long logStart,
      EventsConfig.Lost policy,
      String done,
      Logger log) {
    if (logStart <= read) {
      return 0;
    }
    String range =
        "topic '%s', partition %d: offsets %d to %d were deleted before they were %s"
            .formatted(partition.topic(), partition.partition(), read, logStart - 1, done);
    if (policy == EventsConfig.Lost.FAIL) {
      throw new FailureException(range + "; set events.lost=continue to go on without them");
    }
    log.warn("{}; going on without them, as events.lost=continue says", range);
    return logStart - read;
  }
}
