package dev.counterweight.judge;

import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.util.Optional;

/**
 * What judging goes on from: the topics that it began with, as wide as they were, and the state
 * that the job has of them. Used by the role's thread.
 *
 * @param routed whether labels are written again before they are judged by
 * @param scores the topic as it was when the run began
 * @param labelled the same of the labelled events
 */
record JudgeState(
    JobTopics names,
    TopicSetup topics,
    boolean routed,
    TopicSetup.Identity scores,
    TopicSetup.Identity labelled) {

  /**
   * Requires that it may go on.
   *
   * @throws FailureException if the topics are not those any more that the run began with, or do
   *     not fit each other or the state
   */
  void require() {
    requireAsWide(names.scores(), topics.requireSame(names.scores(), "job", scores), scores);
    requireAsWide(
        names.labelled(), topics.requireSame(names.labelled(), "job", labelled), labelled);
    if (!routed && labelled.partitions() != scores.partitions()) {
      throw new FailureException(
          "topic '%s' has %d partitions and topic '%s' has %d: labels are judged by in the partition of their event, so they must have as many"
              .formatted(
                  names.labelled(), labelled.partitions(), names.scores(), scores.partitions()));
    }
    Optional<TopicSetup.Identity> changelog = topics.find(JudgeTopology.changelog(names));
    if (changelog.isPresent() && changelog.get().partitions() != scores.partitions()) {
      throw grown(names.scores(), changelog.get().partitions(), scores.partitions());
    }
  }

  private static void requireAsWide(
      String topic, TopicSetup.Identity now, TopicSetup.Identity before) {
    if (now.partitions() != before.partitions()) {
      throw grown(topic, before.partitions(), now.partitions());
    }
  }

  private static FailureException grown(String topic, int before, int now) {
    return new FailureException(
        "topic '%s' has %d partitions and was judged in %d: what waits is kept by partition. Start a new job (under another name; trainer.initial takes the model over)"
            .formatted(topic, now, before));
  }
}
