package dev.counterweight.joiner;

import dev.counterweight.config.LabelsConfig;
import dev.counterweight.joining.Side;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What joining goes on from: the topics that it began with, as wide as they were, and the state
 * that the job has of them. Used by the role's thread.
 */
final class JoinState {
  private final JobTopics names;
  private final LabelsConfig labels;
  private final TopicSetup topics;
  private final Routing routing;
  private Sides<TopicSetup.Identity> read;

  /**
   * @param routing which of them may grow
   * @param began as they were when the run began
   */
  JoinState(
      JobTopics names,
      LabelsConfig labels,
      TopicSetup topics,
      Routing routing,
      Sides<TopicSetup.Identity> began) {
    this.names = names;
    this.labels = labels;
    this.topics = topics;
    this.routing = routing;
    this.read = began;
  }

  Routing routing() {
    return routing;
  }

  /** The topics that are read. */
  Sides<TopicSetup.Identity> read() {
    return read;
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
   * @param joined whether the job has committed what it joined
   * @throws FailureException if the topics are not those any more that the run began with, or are
   *     wider than the state, or the state is gone
   */
  void require(boolean joined) {
    read = Sides.of(side -> now(side, read.of(side)));
    List<String> gone =
        stateTopics().stream().filter(topic -> topics.find(topic).isEmpty()).toList();
    if (joined && !gone.isEmpty()) {
      throw new FailureException(
          "job '%s' has joined before, but what waited stood in topics that are gone (%s): events would be lost. Start a new job."
              .formatted(names.job(), String.join(", ", gone)));
    }
    for (String topic : stateTopics()) {
      Optional<TopicSetup.Identity> found = topics.find(topic);
      if (found.isPresent() && found.get().partitions() != routing.partitions()) {
        throw grown(
            topic(routing.events() && !routing.labels() ? Side.LABELS : Side.EVENTS),
            found.get().partitions(),
            routing.partitions());
      }
    }
  }

  private String topic(Side side) {
    return JoinSettings.of(labels, side).topic();
  }

  private TopicSetup.Identity now(Side side, TopicSetup.Identity before) {
    TopicSetup.Identity now = topics.requireSame(topic(side), side.text() + ".topic", before);
    if (now.partitions() != before.partitions() && !routing.routes(side)) {
      throw grown(topic(side), before.partitions(), now.partitions());
    }
    return now;
  }

  /** {topic: partitions} of the sides that may grow. */
  Map<String, Integer> growing() {
    return Stream.of(Side.values())
        .filter(routing::routes)
        .collect(Collectors.toMap(this::topic, side -> read.of(side).partitions()));
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
