package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.AdminCalls;
import dev.counterweight.kafka.Causes;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.streams.TaskStore;
import dev.counterweight.weights.Snapshot;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What counting goes on from: the topic that it began with, the schema and the state that are those
 * of the newest snapshot, and a changelog as wide as the topic.
 */
final class Resumption {
  private static final Logger LOG = LoggerFactory.getLogger(Resumption.class);

  private final String job;
  private final JobTopics names;
  private final AdminCalls calls;
  private final TopicSetup topics;
  private final TopicSetup.Identity began;

  /**
   * @param began the events topic as it was when the run began
   */
  Resumption(JobConfig config, AdminCalls calls, TopicSetup topics, TopicSetup.Identity began) {
    this.job = config.job();
    this.names = config.topics();
    this.calls = calls;
    this.topics = topics;
    this.began = began;
  }

  /**
   * The events topic as it is now, the job's own topic there beside it.
   *
   * @throws FailureException if it is not the topic any more that the run began with
   */
  TopicSetup.Identity events() {
    TopicSetup.Identity now = topics.requireSame(names.events(), began);
    topics.ensure(names, List.of(names.classWeights()));
    return now;
  }

  /**
   * Checks the job's newest snapshot against what is there.
   *
   * @param events the events topic as it is
   * @throws FailureException if counting on would give other counts than those it has
   */
  void require(Snapshot newest, TopicSetup.Identity events) {
    requireSameTopic(newest, events);
    requireState(newest);
    if (newest.schema() == null) {
      LOG.info(
          "the newest snapshot in topic '{}' bears no schema, as those of older releases: its"
              + " classes are those configured, and it is taken to be of the features configured",
          names.classWeights());
    }
  }

  private void requireSameTopic(Snapshot newest, TopicSetup.Identity events) {
    if (!newest.stream().equals(events.stream())) {
      throw new FailureException(
          "job '%s' counted another topic '%s' (id %s, cluster %s) than the one that is there now (id %s, cluster %s): its offsets mean other events. Start a new job."
              .formatted(
                  job,
                  names.events(),
                  newest.stream().topicId(),
                  newest.stream().clusterId(),
                  events.stream().topicId(),
                  events.stream().clusterId()));
    }
  }

  /** Kafka Streams would make a changelog anew and begin at nothing, in silence. */
  private void requireState(Snapshot newest) {
    List<String> gone =
        CounterTopology.stateTopics(names.groupOf("counter")).stream()
            .filter(topic -> topics.find(topic).isEmpty())
            .toList();
    if (!gone.isEmpty()) {
      throw new FailureException(
          "job '%s' has published snapshots up to version %d, but %s, which held its counts, %s gone: they would begin at nothing. Start a new job."
              .formatted(
                  job,
                  newest.version(),
                  (gone.size() == 1 ? "topic '" : "topics '") + String.join("', '", gone) + "'",
                  gone.size() == 1 ? "is" : "are"));
    }
  }

  /** Whether Kafka Streams failed because an internal topic has fewer partitions than it needs. */
  static boolean wantsPartitions(Throwable failure) {
    return Causes.of(failure)
        .anyMatch(cause -> String.valueOf(cause.getMessage()).contains("has invalid partitions"));
  }

  /**
   * Whether the events topic, or the counts' changelog for it, has grown since the topology was
   * started.
   *
   * @param counted partitions of the events topic then
   */
  boolean grown(int counted) {
    int partitions = topics.requireSame(names.events(), began).partitions();
    return growChangelog(partitions) || partitions > counted;
  }

  /**
   * Keeps the counts' changelog as wide as the events topic: Kafka Streams refuses to start when
   * the input has grown more partitions than the changelog has. False if there was nothing to do.
   */
  boolean growChangelog(int wanted) {
    String changelog = TaskStore.changelog(names.groupOf("counter"), PartitionCounter.STORE);
    Optional<TopicSetup.Identity> found = topics.find(changelog);
    if (found.isEmpty() || found.get().partitions() >= wanted) {
      return false;
    }
    LOG.info("topic '{}' grew to {} partitions: so does '{}'", names.events(), wanted, changelog);
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
