package dev.counterweight.cli;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;

/**
 * The topics of a job that are its user's: of events, and of labels where those come later. What is
 * looked up and not there is a {@link FailureException}.
 */
final class UserTopics {
  private UserTopics() {}

  static TopicSetup.Identity events(TopicSetup topics, JobConfig config) {
    return topics.require(config.sources().get(0).topic(), "events.topic");
  }

  static TopicSetup.Identity labels(TopicSetup topics, LabelsConfig labels) {
    return topics.require(labels.labels().topic(), "labels.topic");
  }

  static TopicSetup.Identity scored(TopicSetup topics, JobConfig config) {
    EventsConfig events = config.scorer().events();
    if (events == null) {
      throw new IllegalArgumentException("job " + config.job() + " scores no topic");
    }
    return topics.require(events.topic(), "scores.events.topic");
  }

  /** Looks all of them up. */
  static void require(TopicSetup topics, JobConfig config) {
    events(topics, config);
    if (config.labels() != null) {
      labels(topics, config.labels());
    }
  }

  /** In how many partitions a job whose labels come later joins, and writes labelled events. */
  static int joinPartitions(TopicSetup topics, JobConfig config, LabelsConfig labels) {
    return labels.joinPartitions(
        events(topics, config).partitions(), labels(topics, labels).partitions());
  }
}
