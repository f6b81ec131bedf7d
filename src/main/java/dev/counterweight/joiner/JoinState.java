package dev.counterweight.joiner;

import dev.counterweight.config.LabelsConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.util.List;
import java.util.Optional;

/**
 * What joining goes on from: the topics that it began with, as wide as they were, and the state
 * that the job has of them. Used by the role's thread.
 */
final class JoinState {
  private final JobTopics names;
  private final LabelsConfig labels;
  private final TopicSetup topics;
  private final TopicSetup.Identity events;
  private final TopicSetup.Identity labelTopic;

  /**
   * @param events as they were when the run began
   * @param labelTopic the same of the labels
   */
  JoinState(
      JobTopics names,
      LabelsConfig labels,
      TopicSetup topics,
      TopicSetup.Identity events,
      TopicSetup.Identity labelTopic) {
    this.names = names;
    this.labels = labels;
    this.topics = topics;
    this.events = events;
    this.labelTopic = labelTopic;
  }

  TopicSetup.Identity events() {
    return events;
  }

  TopicSetup.Identity labelTopic() {
    return labelTopic;
  }

  /** Whether the job has joined before. */
  boolean exists() {
    return stateTopics().stream().anyMatch(topic -> topics.find(topic).isPresent());
  }

  private List<String> stateTopics() {
    return JoinerTopology.stateTopics(names.groupOf("joiner"));
  }

  /**
   * Requires that it may go on.
   *
   * @param committed whether the group has committed offsets
   * @throws FailureException if the topics are not those any more that the run began with, or are
   *     wider than the state, or the state is gone
   */
  void require(boolean committed) {
    requireAsWide(labels.events().topic(), events);
    requireAsWide(labels.labels().topic(), labelTopic);
    List<String> gone =
        stateTopics().stream().filter(topic -> topics.find(topic).isEmpty()).toList();
    if (committed && !gone.isEmpty()) {
      throw new FailureException(
          "job '%s' has joined before, but what waited stood in topics that are gone (%s): events would be lost. Start a new job."
              .formatted(names.job(), String.join(", ", gone)));
    }
    for (String topic : stateTopics()) {
      Optional<TopicSetup.Identity> found = topics.find(topic);
      if (found.isPresent() && found.get().partitions() != events.partitions()) {
        throw grown(labels.events().topic(), found.get().partitions(), events.partitions());
      }
    }
  }

  private void requireAsWide(String topic, TopicSetup.Identity began) {
    int now = topics.requireSame(topic, began).partitions();
    if (now != began.partitions()) {
      throw grown(topic, began.partitions(), now);
    }
  }

  private FailureException grown(String topic, int before, int now) {
    return new FailureException(
        "topic '%s' has %d partitions and was joined in %d: keys have moved between its partitions, and what waits is kept by partition. Start a new job (under another name; trainer.initial takes the model over)%s"
            .formatted(
                topic,
                now,
                before,
                labels.repartition()
                    ? ""
                    : ", with labels.repartition=always for topics that grow"));
  }
}
