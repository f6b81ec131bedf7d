package dev.counterweight.sampling;

import dev.counterweight.config.JobConfig;
import dev.counterweight.runtime.FailureException;
import dev.counterweight.runtime.TopicSetup;
import dev.counterweight.sampling.SnapshotFollower.Snapshot;
import dev.counterweight.weights.ClassWeights;
import java.util.function.Consumer;

/** Whether a snapshot is of the events and classes that this sampler has. Immutable. */
final class SnapshotCheck implements Consumer<Snapshot> {
  private final JobConfig config;
  private final TopicSetup.Identity events;

  SnapshotCheck(JobConfig config, TopicSetup.Identity events) {
    this.config = config;
    this.events = events;
  }

  /**
   * Passes a snapshot that is.
   *
   * @throws FailureException if it is not
   */
  @Override
  public void accept(Snapshot snapshot) {
    ClassWeights weights = snapshot.weights();
    String where =
        "topic '%s' offset %d".formatted(config.topics().classWeights(), snapshot.offset());
    if (!weights.clusterId().equals(events.clusterId())
        || !weights.topicId().equals(events.topicId())) {
      throw new FailureException(
          "%s counts topic %s of cluster %s, but '%s' is topic %s of cluster %s: finish the old one with --stop-at-end, then start a new job"
              .formatted(
                  where,
                  weights.topicId(),
                  weights.clusterId(),
                  config.events().topic(),
                  events.topicId(),
                  events.clusterId()));
    }
    if (!weights.classes().equals(config.events().schema().classes())) {
      throw new FailureException(
          "%s counts the classes %s, but events.classes=%s: counter and sampler need the same"
              .formatted(where, weights.classes(), config.events().schema().classes()));
    }
  }
}
