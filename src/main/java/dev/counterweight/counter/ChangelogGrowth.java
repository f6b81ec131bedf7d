package dev.counterweight.counter;

import dev.counterweight.runtime.TopicSetup;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
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
  private static final long TIMEOUT_S = 30;

  private final Admin admin;
  private final TopicSetup topics;
  private final String eventsTopic;
  private final String changelog;

  ChangelogGrowth(Admin admin, TopicSetup topics, String eventsTopic, String applicationId) {
    this.admin = admin;
    this.topics = topics;
    this.eventsTopic = eventsTopic;
    this.changelog = applicationId + "-" + PartitionCounter.STORE + "-changelog";
  }

  /** Whether Kafka Streams failed because an internal topic has fewer partitions than it needs. */
  static boolean wanting(Throwable failure) {
    for (Throwable t = failure; t != null; t = t.getCause()) {
      if (String.valueOf(t.getMessage()).contains("has invalid partitions")) {
        return true;
      }
    }
    return false;
  }

  /** Adds the partitions that are missing; false if there was nothing to do. */
  boolean grow() throws InterruptedException, ExecutionException, TimeoutException {
    int wanted = topics.require(eventsTopic).partitions();
    Optional<TopicSetup.Identity> found = topics.find(changelog);
    if (found.isEmpty() || found.get().partitions() >= wanted) {
      return false;
    }
    LOG.info("topic '{}' grew to {} partitions: so does '{}'", eventsTopic, wanted, changelog);
    try {
      admin
          .createPartitions(Map.of(changelog, NewPartitions.increaseTo(wanted)))
          .all()
          .get(TIMEOUT_S, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof InvalidPartitionsException)) {
        throw e;
      }
      LOG.info("another counter has grown '{}'", changelog);
    }
    return true;
  }
}
