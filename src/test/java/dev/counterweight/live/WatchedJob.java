package dev.counterweight.live;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.demo.Replay;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.event.EventFormat;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.RoleView;
import dev.counterweight.runtime.Telemetry;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.trainer.TrainerRole;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A whole job in this JVM, on the bundled data as a steady stream that outlasts the test. */
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
    MeterRegistry registry = telemetry.registry();
    Clock clock = Clock.systemUTC();
    List<Role> roles =
        List.of(
            new CounterRole(config, clients, registry, clock, false),
            new SamplerRole(config, clients, registry, clock, false),
            new TrainerRole(config, clients, registry, clock, false));
    this.runners = roles.stream().map(role -> new RoleRunner(List.of(role))).toList();
    this.replay =
        new Replay(
            new Replay.Options(
                data,
                FEATURES,
                "label",
                CLASSES,
                config.events().topic(),
                2,
                EventFormat.JSON,
                EVENTS_PER_SECOND),
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
            Map.of(
                "job", job,
                "bootstrap.servers", SharedBroker.bootstrapServers(),
                "events.topic", SharedBroker.createTopic(job + "-events", 2),
                "events.features", String.join(",", FEATURES),
                "events.label", "label",
                "events.classes", String.join(",", CLASSES),
                "evaluation.share", "1",
                "checkpoint.every.steps", "200",
                "checkpoint.dir", folder.resolve("checkpoints").toString()));
    try (Admin admin = SharedBroker.admin()) {
      new TopicSetup(admin, Duration.ofSeconds(30), SharedBroker.bootstrapServers())
          .ensure(config.topics(), TopicSetup.settings(config.topics()).keySet());
    }
    return new WatchedJob(config, data);
  }

  /** Starts the roles and the stream. */
  void start() {
    runners.forEach(RoleRunner::start);
    stream.start();
  }

  /** Sends an event that no role can read. */
  void sendUnreadable() throws Exception {
    try (Producer<byte[], byte[]> producer = clients.producer(config.job() + ".test", Map.of())) {
      byte[] value = "{\"label\":\"Landed\"}".getBytes(StandardCharsets.UTF_8);
      producer.send(new ProducerRecord<>(config.events().topic(), value)).get();
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
