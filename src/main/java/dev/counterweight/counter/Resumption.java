package dev.counterweight.counter;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.SchemaGuard;
import dev.counterweight.weights.Snapshot;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What must still be as it was for a job that has published to go on. */
final class Resumption {
  private static final Logger LOG = LoggerFactory.getLogger(Resumption.class);

  private final JobConfig config;
  private final TopicSetup topics;
  private final SchemaGuard schemas;

  Resumption(JobConfig config, TopicSetup topics) {
    this.config = config;
    this.topics = topics;
    this.schemas = new SchemaGuard(config.events().schema().schema());
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
          config.topics().classWeights());
    }
  }

  /**
   * Checks a snapshot of the job's, whichever counter published it.
   *
   * @throws FailureException if it is of other features or classes than configured
   */
  void requireSameSchema(Snapshot newest) {
    schemas.require(
        "version %d in topic '%s', which this counter would go on from,"
            .formatted(newest.version(), config.topics().classWeights()),
        newest.schemaOr(schemas.own()));
  }

  private void requireSameTopic(Snapshot newest, TopicSetup.Identity events) {
    if (!newest.stream().equals(events.stream())) {
      throw new FailureException(
          "job '%s' counted another topic '%s' (id %s, cluster %s) than the one that is there now (id %s, cluster %s): its offsets mean other events. Start a new job."
              .formatted(
                  config.job(),
                  config.topics().events(),
                  newest.stream().topicId(),
                  newest.stream().clusterId(),
                  events.stream().topicId(),
                  events.stream().clusterId()));
    }
  }

  /** Kafka Streams would make a changelog anew and begin at nothing, in silence. */
  private void requireState(Snapshot newest) {
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
