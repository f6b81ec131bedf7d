package dev.counterweight.sampler;

import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.RunningRole;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Samplers of a job that run in this JVM until they end or this is closed. */
final class RunningSamplers implements AutoCloseable {
  private static final Duration ENDING = Duration.ofSeconds(30);

  private final SamplerHarness job;
  private final MeterRegistry registry;
  private final List<RunningRole> running = new ArrayList<>();

  RunningSamplers(SamplerHarness job, MeterRegistry registry) {
    this.job = job;
    this.registry = registry;
  }

  RunningRole start(String instance, boolean stopAtEnd) {
    return start(instance, stopAtEnd, Map.of());
  }

  RunningRole start(String instance, boolean stopAtEnd, Map<String, String> changes) {
    return start(instance, stopAtEnd, changes, Clock.systemUTC());
  }

  /**
   * Starts one.
   *
   * @param changes as {@link SamplerHarness#config}
   */
  RunningRole start(String instance, boolean stopAtEnd, Map<String, String> changes, Clock clock) {
    JobConfig config =
        SamplerHarness.config(job.config.kafka().bootstrapServers(), job.job, instance, changes);
    RunningRole one =
        new RunningRole(
            new SamplerRole(config, new KafkaClients(config.kafka()), registry, clock, stopAtEnd));
    running.add(one);
    return one;
  }

  /** Drains them; what became of them is not looked at. */
  @Override
  public void close() {
    running.forEach(RunningRole::drain);
    running.forEach(one -> one.hasEndedWithin(ENDING));
  }
}
