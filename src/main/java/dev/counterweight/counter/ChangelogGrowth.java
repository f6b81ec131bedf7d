package dev.counterweight.counter;

import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the counts' changelog as wide as the events topic: Kafka Streams refuses to start when the
 * input has grown more partitions than the changelog has.
 */
final class ChangelogGrowth {
  private static final Logger LOG = LoggerFactory.getLogger(ChangelogGrowth.class);

  private final AdminCalls calls;
  private final TopicSetup topics;
  private final String eventsTopic;
  private final String changelog;

  ChangelogGrowth(AdminCalls calls, TopicSetup topics, String eventsTopic, String applicationId) {
    this.calls = calls;
    this.topics = topics;
    this.eventsTopic = eventsTopic;
    this.changelog = applicationId + "-" + PartitionCounter.STORE + "-changelog";
  }

  /** Whether Kafka Streams failed because an internal topic has fewer partitions than it needs. */
  static boolean wanting(Throwable failure) {
    return Causes.of(failure)
        .anyMatch(cause -> String.valueOf(cause.getMessage()).contains("has invalid partitions"));
  }

  /**
   * Adds the partitions that are missing; false if there was nothing to do.
   *
   * @param wanted partitions of the events topic
   */
  boolean grow(int wanted) {
    Optional<TopicSetup.Identity> found = topics.find(changelog);
    if (found.isEmpty() || found.get().partitions() >= wanted) {
      return false;
    }
    LOG.info("topic '{}' grew to {} partitions: so does '{}'", eventsTopic, wanted, changelog);
    try {
      calls.ask(
          "add partitions to topic '" + changelog + "'",
          admin ->
              admin.createPartitions(Map.of(changelog, NewPartitions.increaseTo(wanted))).all());
    } catch (FailureException e) {
      if (!(e.getCause() instanceof InvalidPartitionsException)) {
        throw e;
      }
      LOG.info("another counter has grown '{}'", changelog);
    }
    return true;
  }
}
