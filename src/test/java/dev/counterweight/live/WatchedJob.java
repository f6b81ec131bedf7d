package dev.counterweight.live;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.LabelsConfig;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.demo.LabelsApart;
import dev.counterweight.demo.Replay;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.event.EventFormat;
import dev.counterweight.joiner.JoinerRole;
import dev.counterweight.judge.JudgeRole;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.runtime.Telemetry;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.scorer.ScorerRole;
import dev.counterweight.trainer.TrainerRole;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A whole job in this JVM, on the bundled data as a steady stream that outlasts the test; labels
 * come a second or so after their events, and what is scored is judged by them.
 */
final class WatchedJob implements AutoCloseable {
  private static final double EVENTS_PER_SECOND = 500;
  private static final long ENDING_MS = 30_000;
  private static final List<String> FEATURES =
      List.of("V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9");
  private static final List<String> CLASSES =
      List.of("Rad.Flow", "High", "Bypass", "Fpv.Open", "Fpv.Close", "Bpv.Open", "Bpv.Close");

  private final JobConfig config;
  private final KafkaClients clients;
  private final Telemetry telemetry = new Telemetry();
  private final List<RoleRunner> runners;
  private final Replay replay;
  private final Thread stream;

  private WatchedJob(JobConfig config, Path data) {
    this.config = config;
    this.clients = new KafkaClients(config.kafka());
    LabelsConfig labels = Objects.requireNonNull(config.labels());
    MeterRegistry registry = telemetry.registry();
    Clock clock = Clock.systemUTC();
    List<Role> roles =
        List.of(
            new JoinerRole(config, clients, registry, clock, false),
            new CounterRole(config, clients, registry, clock, false),
            new SamplerRole(config, clients, registry, clock, false),
            new TrainerRole(config, clients, registry, clock, false),
            new ScorerRole(config, clients, registry, ServedCheckpoint::of, clock, false),
            new JudgeRole(config, clients, registry, clock));
    this.runners = roles.stream().map(role -> new RoleRunner(List.of(role))).toList();
    this.replay =
        new Replay(
            new Replay.Options(
                data,
                FEATURES,
                "label",
                CLASSES,
                labels.events().topic(),
                2,
                EventFormat.JSON,
                EVENTS_PER_SECOND,
                ',',
                0,
                Map.of(),
                null,
                null,
                new LabelsApart(labels.labels().topic(), 200, 1_500, 1)),
            clients,
            SharedBroker.bootstrapServers(),
            clock,
            progress -> {});
    this.stream = new Thread(replay::run, "watched-job-stream");
  }

  /** A job whose topics exist, and nothing else yet. */
  static WatchedJob create(Path folder) throws Exception {
    Path data = folder.resolve("shuttle.csv.gz");
    try (InputStream in =
        Objects.requireNonNull(WatchedJob.class.getResourceAsStream("/data/shuttle.csv.gz"))) {
      Files.copy(in, data);
    }
    String job = SharedBroker.uniqueName("live");
    JobConfig config =
        JobConfigLoader.load(
            Map.ofEntries(
                Map.entry("job", job),
                Map.entry("bootstrap.servers", SharedBroker.bootstrapServers()),
                Map.entry("events.topic", SharedBroker.createTopic(job + "-events", 2)),
                Map.entry("events.features", String.join(",", FEATURES)),
                Map.entry("events.classes", String.join(",", CLASSES)),
                Map.entry("labels.topic", SharedBroker.createTopic(job + "-labels", 2)),
                Map.entry("labels.label", "label"),
                Map.entry("labels.wait", "5s"),
                Map.entry("labels.grace", "1s"),
                Map.entry("labels.state.dir", folder.resolve("state").toString()),
                Map.entry("scores.events.topic", job + "-events"),
                Map.entry("evaluation.share", "1"),
                Map.entry("checkpoint.every.steps", "200"),
                Map.entry("checkpoint.dir", folder.resolve("checkpoints").toString())));
    // How many partitions the others need depends on the user's topics: the roles make them.
    Set<String> made = new HashSet<>(TopicSetup.settings(config.topics()).keySet());
    made.removeAll(List.of(config.topics().labelled(), config.topics().scores()));
    try (Admin admin = SharedBroker.admin()) {
      new TopicSetup(admin, Duration.ofSeconds(30), SharedBroker.bootstrapServers())
          .ensure(config.topics(), made);
    }
    return new WatchedJob(config, data);
  }

  /** Starts the roles and the stream. */
  void start() {
    runners.forEach(RoleRunner::start);
    stream.start();
  }

  /** Sends a label of a class that there is not. */
  void sendUnreadable() throws Exception {
    try (Producer<byte[], byte[]> producer = clients.producer(config.job() + ".test", Map.of())) {
      byte[] value = "{\"label\":\"Landed\"}".getBytes(StandardCharsets.UTF_8);
      String labels = Objects.requireNonNull(config.labels()).labels().topic();
      producer.send(new ProducerRecord<>(labels, new byte[] {1}, value)).get();
    }
  }

  LivePage.Job shown() {
    return new LivePage.Job(config, roles());
  }

  Telemetry telemetry() {
    return telemetry;
  }

  List<RoleView> roles() {
    return runners.stream().flatMap(runner -> runner.roles().stream()).toList();
  }

  RoleView role(String name) {
    return roles().stream().filter(role -> role.name().equals(name)).findFirst().orElseThrow();
  }

  /** Drains one of the roles alone. */
  void drain(String name) {
    runners.stream()
        .filter(runner -> runner.roles().get(0).name().equals(name))
        .forEach(RoleRunner::drain);
  }

  @Override
  public void close() throws Exception {
    replay.stop();
    stream.join();
    runners.forEach(RoleRunner::drain);
    for (RoleRunner runner : runners) {
      if (!runner.await(ENDING_MS)) {
        throw new AssertionError("the job did not end");
      }
    }
    telemetry.close();
  }
}
