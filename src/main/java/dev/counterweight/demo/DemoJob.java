package dev.counterweight.demo;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.live.LivePage;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.Telemetry;
import dev.counterweight.scorer.ScorerRole;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;

/** One of the demo's two jobs: its configuration and its running roles. */
final class DemoJob {
  static final String TOPIC = "shuttle";
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Map<String, String> NATURAL =
      Map.of(
          "weights.formula", "none",
          "sampler.weights", "none",
          "sampler.draws.per.event", "1",
          "sampler.arrival.share", "1");

  /** Its model answers over HTTP alone: scoring the stream as well would slow training down. */
  private static final Map<String, String> ANSWERING =
      Map.of("scores.events.topic", "none", "scores.port", "0");

  private final JobConfig config;
  private final List<Role> roles;
  private final RoleRunner runner;

  private DemoJob(JobConfig config, RoleFactory factory, Telemetry telemetry) {
    this.config = config;
    this.roles = factory.roles(config, telemetry.clients(config), telemetry.registry(), false);
    this.runner = new RoleRunner(roles);
    runner.roles().forEach(role -> telemetry.watch(config.job(), role));
  }

  /** Every event once, as it comes, and every class paid alike. */
  static DemoJob natural(
      String bootstrapServers, Demo.Options options, Path dir, RoleFactory factory, Telemetry t) {
    return new DemoJob(config("natural", NATURAL, bootstrapServers, options, dir), factory, t);
  }

  /** What a job does by default, and its model answers. */
  static DemoJob rebalanced(
      String bootstrapServers, Demo.Options options, Path dir, RoleFactory factory, Telemetry t) {
    return new DemoJob(config("rebalanced", ANSWERING, bootstrapServers, options, dir), factory, t);
  }

  /** One of these settings. */
  static DemoJob of(Map<String, String> settings, RoleFactory factory, Telemetry telemetry) {
    return new DemoJob(JobConfigLoader.load(settings), factory, telemetry);
  }

  private static JobConfig config(
      String job,
      Map<String, String> settings,
      String bootstrapServers,
      Demo.Options options,
      Path dir) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("job", job);
    all.put("bootstrap.servers", bootstrapServers);
    all.put("instance.id", "demo");
    all.put("seed", Long.toString(options.seed()));
    all.put("events.topic", TOPIC);
    all.put("events.features", String.join(",", Shuttle.FEATURES));
    all.put("events.label", Shuttle.LABEL);
    all.put("events.classes", String.join(",", Shuttle.CLASSES));
    all.put("evaluation.share", "1");
    all.put("checkpoint.dir", dir.resolve("checkpoints").resolve(job).toString());
    if (options.metricsPort() != null) {
      all.put("metrics.port", Integer.toString(options.metricsPort()));
    }
    return JobConfigLoader.load(all);
  }

  /** Creates the job's topics of one partition, then starts its roles. */
  void start() {
    Set<String> names = new HashSet<>(TopicSetup.settings(config.topics()).keySet());
    names.remove(config.topics().labelled());
    try (Admin admin = new KafkaClients(config.kafka()).admin("demo")) {
      new TopicSetup(admin, TIMEOUT, config.kafka().bootstrapServers())
          .ensure(config.topics(), names);
    }
    runner.start();
  }

  JobConfig config() {
    return config;
  }

  /** Its metrics, of which the newest will be asked for; their topic must exist. */
  TopicTail<MetricsPoint> metrics(KafkaClients clients) {
    JobTopics topics = config.topics();
    return new TopicTail<>(
        clients.consumer(topics.job() + ".metrics-tail", Map.of()),
        topics.metrics(),
        found -> MetricsPoint.of(TrainerReport.read(found.value()), 0));
  }

  /** The job as the live page shows it. */
  LivePage.Job live() {
    return new LivePage.Job(config, runner.roles());
  }

  /** Where its model answers; empty before it does, or if it does not. */
  Optional<String> answersOn() {
    return roles.stream()
        .filter(ScorerRole.class::isInstance)
        .map(ScorerRole.class::cast)
        .findFirst()
        .flatMap(ScorerRole::address);
  }

  RoleRunner runner() {
    return runner;
  }
}
