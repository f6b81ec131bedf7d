package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.runtime.TopicSetup;
import dev.counterweight.weights.ClassWeights;
import java.util.List;

/** What must still be as it was for a job that has published to go on. */
final class Resumption {
  private final JobConfig config;
  private final TopicSetup topics;

  Resumption(JobConfig config, TopicSetup topics) {
    this.config = config;
    this.topics = topics;
  }

  /**
   * Checks the job's newest snapshot against what is there.
   *
   * @param events the events topic as it is
   * @throws FailureException if counting on would give other counts than those it has
   */
  void require(ClassWeights newest, TopicSetup.Identity events) {
    requireSameTopic(newest, events);
    if (!newest.classes().equals(config.events().schema().classes())) {
      throw new FailureException(
          "job '%s' counted the classes %s; events.classes is %s: they must be the same"
              .formatted(config.job(), newest.classes(), config.events().schema().classes()));
    }
    requireState(newest);
  }

  private void requireSameTopic(ClassWeights newest, TopicSetup.Identity events) {
    if (!newest.topicId().equals(events.topicId())
        || !newest.clusterId().equals(events.clusterId())) {
      throw new FailureException(
          "job '%s' counted another topic '%s' (id %s, cluster %s) than the one that is there now (id %s, cluster %s): its offsets mean other events. Start a new job."
              .formatted(
                  config.job(),
                  config.topics().events(),
                  newest.topicId(),
                  newest.clusterId(),
                  events.topicId(),
                  events.clusterId()));
    }
  }

  /** Kafka Streams would make a changelog anew and begin at nothing, in silence. */
  private void requireState(ClassWeights newest) {
    List<String> gone =
        CounterTopology.stateTopics(config.topics().groupOf("counter")).stream()
            .filter(topic -> topics.find(topic).isEmpty())
            .toList();
    if (!gone.isEmpty()) {
      throw new FailureException(
          "job '%s' has published snapshots up to version %d, but %s, which held its counts, %s gone: they would begin at nothing. Start a new job."
              .formatted(
                  config.job(),
                  newest.version(),
                  (gone.size() == 1 ? "topic '" : "topics '") + String.join("', '", gone) + "'",
                  gone.size() == 1 ? "is" : "are"));
    }
  }
}
