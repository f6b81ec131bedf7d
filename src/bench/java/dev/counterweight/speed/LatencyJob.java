package dev.counterweight.speed;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.learning.ScriptedServing;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.scorer.ScorerRole;
import dev.counterweight.trainer.TrainerMetric;
import dev.counterweight.trainer.TrainerRole;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.locks.LockSupport;

/**
 * All roles of a job in one process, as {@code run --role all} has them, which also prints {@code
 * POSITION NANOS} whenever the trainer has trained on more: the offset in the batch log of the
 * first record that it has not, and when that was seen, by the system's monotonic clock, which
 * {@link System#nanoTime} has in every process on Linux. {@code LatencyJob PROPERTIES}; it ends
 * when killed.
 */
final class LatencyJob {
  private static final long LOOK_NS = Duration.ofMillis(2).toNanos();

  private LatencyJob() {}

  public static void main(String[] args) throws Exception {
    Properties file = new Properties();
    try (Reader reader = Files.newBufferedReader(Path.of(args[0]))) {
      file.load(reader);
    }
    Map<String, String> settings = new HashMap<>();
    file.forEach((key, value) -> settings.put("" + key, "" + value));
    JobConfig config = JobConfigLoader.load(settings);
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    RoleRunner runner = new RoleRunner(roles(config, registry));
    runner.start();
    long told = 0;
    while (!runner.await(0)) {
      Gauge gauge = registry.find(TrainerMetric.BATCH_POSITION.declaration().name()).gauge();
      long position = gauge == null || Double.isNaN(gauge.value()) ? 0 : (long) gauge.value();
      if (position > told) {
        System.out.println(position + " " + System.nanoTime());
        told = position;
      }
      LockSupport.parkNanos(LOOK_NS);
    }
    throw new IllegalStateException("a role ended", runner.failure());
  }

  private static List<Role> roles(JobConfig config, SimpleMeterRegistry registry) {
    KafkaClients clients = new KafkaClients(config.kafka());
    Clock clock = Clock.systemUTC();
    return List.of(
        new CounterRole(config, clients, registry, clock, false),
        new SamplerRole(config, clients, registry, clock, false),
        new TrainerRole(config, clients, registry, clock, false),
        new ScorerRole(
            config, clients, registry, ScriptedServing.of(config.trainer()), clock, false));
  }
}
