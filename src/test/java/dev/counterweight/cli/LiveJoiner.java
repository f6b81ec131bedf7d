package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.joiner.JoinerRole;
import dev.counterweight.judge.JudgeRole;
import dev.counterweight.protocol.ServedScore;
import dev.counterweight.runtime.Health;
import dev.counterweight.runtime.HttpEndpoint;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.runtime.Telemetry;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * A joiner and a judge in this process, on events, scores and labels that go on until closed: a
 * label stands {@value #APART} events behind its event, and one event in {@value #NEVER_EVERY} gets
 * none.
 */
final class LiveJoiner implements AutoCloseable {
  private static final int APART = 20;
  private static final int NEVER_EVERY = 10;
  private static final Duration PAUSE = Duration.ofMillis(10);

  private final String name = SharedBroker.uniqueName("joined");
  private final String events = SharedBroker.createTopic(SharedBroker.uniqueName("events"), 2);
  private final String scores =
      SharedBroker.createTopic(
          name + ".scores", 2, Map.of("message.timestamp.type", "LogAppendTime"));
  private final String labels = SharedBroker.createTopic(SharedBroker.uniqueName("labels"), 2);
  private final Telemetry telemetry = new Telemetry();
  private final RoleRunner runner;
  private final HttpEndpoint endpoint;
  private final Thread stream = new Thread(this::send, "live-labels");
  private volatile boolean ending;

  LiveJoiner(Path folder) {
    JobConfig config =
        JobConfigLoader.load(
            Map.ofEntries(
                Map.entry("job", name),
                Map.entry("bootstrap.servers", SharedBroker.bootstrapServers()),
                Map.entry("events.topic", events),
                Map.entry("events.features", "amount"),
                Map.entry("events.classes", "ok,fraud"),
                Map.entry("labels.topic", labels),
                Map.entry("labels.label", "outcome"),
                Map.entry("labels.wait", "2s"),
                Map.entry("labels.grace", "200ms"),
                Map.entry("labels.state.dir", folder.resolve("waiting").toString()),
                Map.entry("checkpoint.dir", folder.resolve("none").toString()),
                Map.entry("metrics.port", "0")));
    this.runner =
        new RoleRunner(
            List.of(
                new JoinerRole(
                    config,
                    telemetry.clients(config),
                    telemetry.registry(),
                    Clock.systemUTC(),
                    false),
                new JudgeRole(
                    config, telemetry.clients(config), telemetry.registry(), Clock.systemUTC())));
    runner.roles().forEach(role -> telemetry.watch(name, role));
    this.endpoint =
        HttpEndpoint.start(config.metrics(), telemetry, Health.of(runner.roles()), Map.of());
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

  @Override
  public void close() throws InterruptedException {
    ending = true;
    stream.join();
    runner.drain();
    runner.await();
    endpoint.close();
    telemetry.close();
    Throwable failure = runner.failure();
    if (failure != null) {
      throw new IllegalStateException("the joiner failed", failure);
    }
  }

  private void send() {
    try (KafkaProducer<byte[], byte[]> producer = SharedBroker.producer(Map.of())) {
      // Asked for here: a callback that had to ask would wait for its own thread.
      producer.partitionsFor(scores);
      for (int i = 0; !ending; i++) {
        score(producer, i);
        int labelled = i - APART;
        if (labelled >= 0 && labelled % NEVER_EVERY != 0) {
          String outcome = labelled % 7 == 0 ? "fraud" : "ok";
          send(producer, labels, labelled, "{\"outcome\":\"%s\"}".formatted(outcome));
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  /** An event, and what a scorer that says fraud too often would make of it. */
  private void score(KafkaProducer<byte[], byte[]> producer, int i) {
    double fraud = i % 7 == 0 ? 0.75 : i % 5 == 0 ? 0.625 : 0.125;
    byte[] key = Integer.toString(i).getBytes(UTF_8);
    byte[] value = "{\"amount\":%d}".formatted(i % 17).getBytes(UTF_8);
    var unused =
        producer.send(
            new ProducerRecord<>(events, key, value),
            (at, error) -> {
              if (error != null) {
                return;
              }
              ServedScore score =
                  new ServedScore(
                      Map.of("ok", 1 - fraud, "fraud", fraud),
                      fraud > 0.5 ? "fraud" : "ok",
                      null,
                      1,
                      "none",
                      "none",
                      new ServedScore.Place(at.partition(), at.offset()),
                      List.of());
              producer.send(new ProducerRecord<>(scores, at.partition(), key, score.toJson()));
            });
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer, String topic, int key, String value) {
    byte[] bytes = Integer.toString(key).getBytes(UTF_8);
    var unused = producer.send(new ProducerRecord<>(topic, bytes, value.getBytes(UTF_8)));
  }
}
