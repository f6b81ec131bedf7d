package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.checkpoint.ServedCheckpoint;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.BrokerWatch;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.Role;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.Telemetry;
import dev.counterweight.sampler.SamplerRole;
import dev.counterweight.scorer.ScorerRole;
import dev.counterweight.trainer.TrainerRole;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A job's roles in this process, a scorer too if it is asked for, on a stream of Shuttle events
 * that goes on until closed. One event in {@value #REJECTED_EVERY} has a label that is none of the
 * classes.
 */
final class LiveJob implements AutoCloseable {
  private static final String CLASSES =
      "Rad.Flow,High,Bypass,Fpv.Open,Fpv.Close,Bpv.Close,Bpv.Open";
  private static final int REJECTED_EVERY = 40;

  private final String name = SharedBroker.uniqueName("live");
  private final String topic = SharedBroker.createTopic(SharedBroker.uniqueName("events"), 2);
  private final Telemetry telemetry = new Telemetry();
  private final RoleRunner runner;
  private final BrokerWatch brokers;
  private final HttpEndpoint endpoint;
  private final Thread stream;
  private volatile boolean ending;

  LiveJob(Path checkpoints, int eventsPerSecond, Map<String, String> settings) {
    Map<String, String> all =
        new HashMap<>(
            Map.of(
                "job",
                name,
                "bootstrap.servers",
                SharedBroker.bootstrapServers(),
                "events.topic",
                topic,
                "events.format",
                "csv",
                "events.label",
                "label",
                "events.classes",
                CLASSES,
                "events.features",
                "V1,V2,V3,V4,V5,V6,V7,V8,V9",
                "checkpoint.dir",
                checkpoints.toString(),
                "metrics.port",
                "0"));
    all.putAll(settings);
    JobConfig config = JobConfigLoader.load(all);
    KafkaClients clients = telemetry.clients(config);
    Clock clock = Clock.systemUTC();
    List<Role> roles =
        new ArrayList<>(
            List.of(
                new CounterRole(config, clients, telemetry.registry(), clock, false),
                new SamplerRole(config, clients, telemetry.registry(), clock, false),
                new TrainerRole(config, clients, telemetry.registry(), clock, false)));
    if (config.scorer().asked()) {
      roles.add(
          new ScorerRole(
              config, clients, telemetry.registry(), ServedCheckpoint::of, clock, false));
    }
    this.runner = new RoleRunner(roles);
    runner.roles().forEach(role -> telemetry.watch(name, role));
    this.brokers = telemetry.watchBrokers(config);
    this.endpoint =
        HttpEndpoint.start(config.metrics(), telemetry, Health.of(runner.roles()), Map.of());
    this.stream = new Thread(() -> send(eventsPerSecond), "live-events");
    runner.start();
    stream.start();
  }

  String name() {
    return name;
  }

  /** Host and port of the metrics. */
  String address() {
    return "127.0.0.1:" + endpoint.port();
  }

  /** Sends that many events, each with a label of its own that is none of the classes. */
  void throwLabels(int count) {
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      for (int i = 0; i < count; i++) {
        byte[] row = ("1,2,3,4,5,6,7,8,9,label-" + i).getBytes(UTF_8);
        var unused = producer.send(new ProducerRecord<>(topic, i % 2, null, row));
      }
    }
  }

  String scrape() {
    return telemetry.scrape();
  }

  /** The sum of a metric's series, 0 if there is none. */
  double value(String metric) {
    return scrape()
        .lines()
        .filter(line -> line.startsWith(metric + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @Override
  public void close() throws InterruptedException {
    ending = true;
    stream.join();
    runner.drain();
    runner.await();
    endpoint.close();
    brokers.close();
    telemetry.close();
    Throwable failure = runner.failure();
    if (failure != null) {
      throw new IllegalStateException("the job failed", failure);
    }
  }

  private void send(int eventsPerSecond) {
    long everyNs = 1_000_000_000L / eventsPerSecond;
    long startNs = System.nanoTime();
    try (KafkaProducer<byte[], byte[]> producer = producer()) {
      List<String> rows = rows();
      for (int i = 0; !ending; i++) {
        long aheadNs = startNs + i * everyNs - System.nanoTime();
        if (aheadNs > 0) {
          LockSupport.parkNanos(aheadNs);
        }
        String row = rows.get(i % rows.size());
        if (i % REJECTED_EVERY == 7) {
          row = row.substring(0, row.lastIndexOf(',') + 1) + "no class " + i;
        }
        var unused = producer.send(new ProducerRecord<>(topic, i % 2, null, row.getBytes(UTF_8)));
      }
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static KafkaProducer<byte[], byte[]> producer() {
    return SharedBroker.producer(
        Map.of("linger.ms", 10, "max.in.flight.requests.per.connection", 1));
  }

  private static List<String> rows() throws IOException {
    try (InputStream data =
            Objects.requireNonNull(LiveJob.class.getResourceAsStream("/data/shuttle.csv.gz"));
        BufferedReader in =
            new BufferedReader(new InputStreamReader(new GZIPInputStream(data), UTF_8))) {
      return in.lines().skip(1).toList();
    }
  }
}
