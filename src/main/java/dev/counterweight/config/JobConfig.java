package dev.counterweight.config;

import dev.counterweight.protocol.JobTopics;

/**
 * One job, whole: each role takes the parts it needs.
 *
 * @param job prefix of topics, groups and transactional ids
 * @param instanceId stable part of transactional ids and writer ids
 * @param seed of every random decision
 */
public record JobConfig(
    String job,
    String instanceId,
    long seed,
    KafkaConfig kafka,
    EventsConfig events,
    CounterConfig counter,
    SamplerConfig sampler,
    TrainerConfig trainer,
    MetricsConfig metrics) {

  /** The job's topics. */
  public JobTopics topics() {
    return new JobTopics(job, events.topic(), sampler.batchesRetentionMs());
  }
}
