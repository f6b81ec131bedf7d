package dev.counterweight.config;

import dev.counterweight.protocol.JobTopics;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One job, whole: each role takes the parts it needs.
 *
 * @param job prefix of topics, groups and transactional ids
 * @param instanceId stable part of transactional ids and writer ids
 * @param seed of every random decision
 * @param events what counter and sampler read: the user's topic, or what the joiner writes of it
 * @param labels of a job whose labels come on a topic of their own; else null
 */
public record JobConfig(
    String job,
    String instanceId,
    long seed,
    KafkaConfig kafka,
    EventsConfig events,
    @Nullable LabelsConfig labels,
    CounterConfig counter,
    SamplerConfig sampler,
    TrainerConfig trainer,
    ScorerConfig scorer,
    MetricsConfig metrics) {

  /** The job's topics. */
  public JobTopics topics() {
    return new JobTopics(
        job,
        events.topic(),
        sampler.batchesRetentionMs(),
        labels == null ? 0 : labels.retentionMs(),
        scorer.retentionMs());
  }

  /** The user's topics, which must be there: that of the events first. */
  public List<EventsConfig> sources() {
    return labels == null ? List.of(events) : List.of(labels.events(), labels.labels());
  }

  /** Whether the job's scorer scores a topic because the configuration asks for it. */
  public boolean scoresTopic() {
    return scorer.asked() && scorer.events() != null;
  }
}
