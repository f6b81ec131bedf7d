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
import dev.counterweight.runtime.Resource;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.Telemetry;
import dev.counterweight.scorer.ScorerRole;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;

/** One of the demo's two jobs: its configuration and its running roles. */
final class DemoJob {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  /** Where a demo's jobs run. */
  record Place(String bootstrapServers, Demo.Options options, DemoFolder folder) {}

  private final JobConfig config;
  private final List<Role> roles;
  private final RoleRunner runner;

  private DemoJob(JobConfig config, Demo.Roles maker, Telemetry telemetry) {
    this.config = config;
    this.roles = maker.of(config, telemetry.clients(config), telemetry.registry());
    this.runner = new RoleRunner(roles);
    runner.roles().forEach(role -> telemetry.watch(config.job(), role));
  }

  /** Every event once, as it comes, and every class paid alike. */
  static DemoJob natural(
      Map<String, String> settings, Place place, Demo.Roles maker, Telemetry telemetry) {
    Map<String, String> all = new HashMap<>(settings);
    all.putAll(resource("natural.properties"));
    return new DemoJob(config("natural", all, place), maker, telemetry);
  }

  /** What a job does by default. */
  static DemoJob rebalanced(
      Map<String, String> settings, Place place, Demo.Roles maker, Telemetry telemetry) {
    return new DemoJob(config("rebalanced", settings, place), maker, telemetry);
  }

  private static JobConfig config(String job, Map<String, String> settings, Place place) {
    Map<String, String> all = new HashMap<>(settings);
    all.put("job", job);
    all.put("bootstrap.servers", place.bootstrapServers());
    all.put("instance.id", "demo");
    all.put("seed", Long.toString(place.options().seed()));
    all.put("evaluation.share", "1");
    all.put("checkpoint.dir", place.folder().checkpoints().resolve(job).toString());
    if (place.options().metricsPort() != null) {
      all.put("metrics.port", Integer.toString(place.options().metricsPort()));
    }
    return JobConfigLoader.load(all);
  }

  /** Settings from a file of this folder of resources. */
  static Map<String, String> resource(String name) {
    Properties properties = new Properties();
    try (InputStream in = Resource.open("/dev/counterweight/demo/" + name)) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> settings = new TreeMap<>();
    properties.stringPropertyNames().forEach(key -> settings.put(key, properties.getProperty(key)));
    return settings;
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
