package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.counter.CounterRole;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.SharedFetch;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.runtime.RoleRunner;
import dev.counterweight.sampler.SamplerRole;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Counter and sampler of one process, which fetch once: what is sampled is what roles apart sample,
 * and nothing is lost or used twice when processes are killed and partitions move between them.
 */
@Timeout(600)
@SuppressWarnings("NullAway.Init") // set by start
class SharedFetchIT {
  private static final int KILLS = Integer.getInteger("counterweight.kills", 3);
  private static final int EVENTS = Integer.getInteger("counterweight.events", 30_000);
  private static final int PARTITIONS = 3;
  private static final int A_TRANSACTION = 200;
  private static final String TOPIC = "events";
  private static final List<String> CLASSES = List.of("ok", "odd", "fraud");

  @TempDir Path folder;
  private final List<ChildJvm> processes = new ArrayList<>();
  private final Random random = new Random(System.nanoTime());
  private BrokerProcess broker;
  private KafkaClients clients;
  private int started;
  private int sent;

  @BeforeEach
  void start() throws Exception {
    broker = new BrokerProcess(folder.resolve("broker"));
    clients = new KafkaClients(new KafkaConfig(broker.bootstrapServers(), Map.of()));
    try (Admin admin = clients.admin("create")) {
      admin.createTopics(List.of(new NewTopic(TOPIC, PARTITIONS, (short) 1))).all().get();
    }
  }

  @AfterEach
  void end() {
    processes.forEach(ChildJvm::close);
    broker.close();
  }

  @Test
  void whatIsSampledIsWhatRolesApartSample() throws Exception {
    send(EVENTS);
    long apart = sampled("apart", SharedFetch.none());
    long shared = sampled("shared", new SharedFetch(SharedFetch.MAX_BYTES));
    // Room for a part of it only: both ways by turns.
    long some = sampled("some", new SharedFetch(1 << 20));

    assertThat(apart).isZero();
    assertThat(shared).isGreaterThan(EVENTS / 2);
    assertThat(some).isBetween(1L, (long) EVENTS);
    List<String> rows = rows("apart");
    assertThat(rows).hasSizeGreaterThan(EVENTS);
    assertThat(rows("shared")).isEqualTo(rows);
    assertThat(rows("some")).isEqualTo(rows);
  }

  @Test
  void killedProcessesUseEveryEventOnce() throws Exception {
    processes.add(process(0));
    processes.add(process(1));
    long batches = 0;
    for (int kill = 0; kill < KILLS; kill++) {
      send(EVENTS / KILLS);
      batches = awaitMoreThan(batches);
      ChildJvm victim = processes.get(kill % 2);
      assertThat(victim.running()).as(victim.output()).isTrue();
      victim.kill();
      processes.set(kill % 2, process(kill % 2));
    }
    Map<String, String> log = log();

    await()
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertScoredOnce(log));
  }

  /** A job's events counted and sampled to their end in this JVM; how many were shared. */
  private long sampled(String job, SharedFetch fetched) throws Exception {
    JobConfig config = JobConfigLoader.load(settings(job));
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    RoleRunner runner =
        new RoleRunner(
            List.of(
                new CounterRole(config, clients, registry, Clock.systemUTC(), true, fetched),
                new SamplerRole(config, clients, registry, Clock.systemUTC(), true, fetched)));
    runner.start();
    assertThat(runner.await(120_000)).as("ended").isTrue();
    assertThat(runner.failure()).isNull();
    return (long) registry.get("counterweight.events.shared").counter().count();
  }

  /** The rows of all draws and evaluation slices of a job, in an order of their own. */
  private List<String> rows(String job) {
    List<String> rows = new ArrayList<>();
    for (MiniBatch batch : WholeLog.read(clients, job + ".batches", MiniBatchFormat::read)) {
      MiniBatch.Draws draws = batch.draws();
      for (int row = 0; row < draws.rows(); row++) {
        rows.add(
            "%d:%d drawn %d %.0f"
                .formatted(
                    draws.sourcePartition()[row],
                    draws.sourceOffset()[row],
                    draws.labels()[row],
                    draws.features()[row]));
      }
      MiniBatch.EvaluationSlice slice = batch.evaluation();
      for (int row = 0; row < slice.rows(); row++) {
        rows.add(
            "%d:%d judged %d %.0f"
                .formatted(
                    slice.sourcePartition()[row],
                    slice.sourceOffset()[row],
                    slice.labels()[row],
                    slice.features()[row]));
      }
    }
    return rows.stream().sorted().collect(Collectors.toList());
  }

  /** Every event committed stands in one evaluation slice, under its own label. */
  private void assertScoredOnce(Map<String, String> log) {
    Map<String, Integer> scored = new HashMap<>();
    for (MiniBatch batch : WholeLog.read(clients, "job.batches", MiniBatchFormat::read)) {
      MiniBatch.EvaluationSlice slice = batch.evaluation();
      for (int row = 0; row < slice.rows(); row++) {
        String id = slice.sourcePartition()[row] + ":" + slice.sourceOffset()[row];
        assertThat(slice.features()[row] + "," + CLASSES.get((int) slice.labels()[row]))
            .isEqualTo(Objects.requireNonNull(log.get(id)));
        scored.merge(id, 1, Integer::sum);
      }
    }
    assertThat(scored.values()).containsOnly(1);
    assertThat(scored.keySet()).isEqualTo(log.keySet());
  }

  private Map<String, String> log() {
    Map<String, String> log = new TreeMap<>();
    CommittedEvents.forEach(
        clients,
        TOPIC,
        record -> {
          String[] event = new String(record.value(), UTF_8).split(",");
          log.put(
              record.partition() + ":" + record.offset(),
              Float.parseFloat(event[0]) + "," + event[1]);
        });
    return log;
  }

  private long awaitMoreThan(long batches) {
    await()
        .atMost(Duration.ofMinutes(3))
        .failFast("a process ended", () -> processes.stream().anyMatch(one -> !one.running()))
        .ignoreExceptions() // until it is there
        .until(() -> WholeLog.end(clients, "job.batches") > batches);
    return WholeLog.end(clients, "job.batches");
  }

  /** Transactions, every fourth aborted, until so many events are committed. */
  private void send(int events) {
    try (Producer<byte[], byte[]> producer = clients.transactionalProducer("sender", Map.of())) {
      producer.initTransactions();
      int committed = 0;
      for (int t = 0; committed < events; t++) {
        producer.beginTransaction();
        for (int i = 0; i < A_TRANSACTION; i++) {
          String label = CLASSES.get(random.nextInt(20) == 0 ? 1 + random.nextInt(2) : 0);
          producer.send(
              new ProducerRecord<>(
                  TOPIC, i % PARTITIONS, null, (sent++ + "," + label).getBytes(UTF_8)));
        }
        if (t % 4 == 3) {
          producer.flush();
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
          committed += A_TRANSACTION;
        }
      }
    }
  }

  private Map<String, String> settings(String job) {
    Map<String, String> settings = new HashMap<>();
    settings.put("job", job);
    settings.put("bootstrap.servers", broker.bootstrapServers());
    settings.put("events.topic", TOPIC);
    settings.put("events.format", "csv");
    settings.put("events.label", "label");
    settings.put("events.classes", String.join(",", CLASSES));
    settings.put("events.features", "number");
    // What is drawn then depends on the events alone.
    settings.put("weights.formula", "none");
    settings.put("sampler.weights", "none");
    settings.put("sampler.draws.per.event", "1");
    settings.put("sampler.arrival.share", "1");
    settings.put("evaluation.share", "1");
    settings.put("weights.update.interval", "200ms");
    settings.put("checkpoint.dir", folder.resolve("checkpoints").toString());
    settings.put("metrics.port", "0");
    return settings;
  }

  private ChildJvm process(int instance) throws IOException {
    Path config = folder.resolve("job-" + instance + ".properties");
    Map<String, String> settings = settings("job");
    settings.put("instance.id", "instance-" + instance);
    Files.write(
        config, settings.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).toList());
    Path log = folder.resolve("all-" + started++ + ".log");
    return ChildJvm.start(log, List.of("run", "--config", config.toString()));
  }
}
