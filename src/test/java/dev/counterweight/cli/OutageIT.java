package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.protocol.Span;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A job's roles, each a process of its own, while their broker is stopped, killed or stands still
 * again and again, and some roles are started while it is away.
 *
 * <p>The default is short: clients whose calls give up within seconds meet in an outage of seconds
 * what the usual ones meet in minutes. The full figure is with the usual clients, some 40 minutes:
 * {@code -Dcounterweight.outages=20 -Dcounterweight.outage.longest.s=180}. The outages' lengths are
 * those of a printed seed, {@code -Dcounterweight.outage.seed}.
 */
@Timeout(5400)
@SuppressWarnings("NullAway.Init") // set by start
class OutageIT {
  private static final int OUTAGES = Integer.getInteger("counterweight.outages", 3);
  // Twice as long as an impatient call: the second one gives up too.
  private static final int SHORTEST_S = 8;
  private static final int LONGEST_S = Integer.getInteger("counterweight.outage.longest.s", 9);
  private static final long SEED = Long.getLong("counterweight.outage.seed", System.nanoTime());
  private static final boolean USUAL = LONGEST_S > 60;
  private static final int MAX_SAID = 40 + 40 * OUTAGES;
  private static final Duration TIMEOUT = Duration.ofSeconds(USUAL ? 240 : 90);
  private static final List<String> ROLES = List.of("counter", "sampler", "trainer");
  private static final List<String> CLASSES = List.of("ok", "odd", "fraud");
  private static final Duration BETWEEN = Duration.ofMillis(20);
  private static final List<String> IMPATIENT =
      List.of(
          // A busy machine's broker answers sooner.
          "kafka.max.block.ms=3000",
          "kafka.request.timeout.ms=2000",
          "kafka.default.api.timeout.ms=3000",
          "kafka.delivery.timeout.ms=3000",
          "kafka.linger.ms=0",
          "kafka.streams.task.timeout.ms=3000");

  @TempDir Path folder;
  private final Map<String, ChildJvm> roles = new LinkedHashMap<>();
  private volatile boolean stop;
  private volatile long sent;
  private BrokerProcess broker;
  private KafkaClients clients;
  private Producer<byte[], byte[]> producer;
  private CompletableFuture<Void> sending;

  @BeforeEach
  void start() throws Exception {
    broker = new BrokerProcess(folder.resolve("broker"));
    clients = new KafkaClients(new KafkaConfig(broker.bootstrapServers(), Map.of()));
    try (Admin admin = clients.admin("create")) {
      admin.createTopics(List.of(new NewTopic("events", 2, (short) 1))).all().get();
    }
    Map<String, Object> patient = Map.of("delivery.timeout.ms", 600_000, "max.block.ms", 600_000);
    producer = clients.producer("sender", patient);
    sending = CompletableFuture.runAsync(this::send);
  }

  @AfterEach
  void end() {
    stop = true;
    producer.close(Duration.ZERO);
    roles.values().forEach(ChildJvm::close);
    broker.close();
  }

  @Test
  void everyRoleOutlivesEveryOutageAndNothingIsLostOrTwice() throws Exception {
    System.out.println("outages of -Dcounterweight.outage.seed=" + SEED);
    Random random = new Random(SEED);
    for (String role : ROLES) {
      roles.put(role, role(role));
    }
    awaitProgress();
    for (int outage = 0; outage < OUTAGES; outage++) {
      int seconds = SHORTEST_S + random.nextInt(LONGEST_S - SHORTEST_S + 1);
      awayFor(outage, seconds);
      awaitProgress();
    }
    stop = true;
    sending.get(180, TimeUnit.SECONDS);
    CommittedEvents truth = CommittedEvents.read(clients, "events", CLASSES);
    await("everything is counted")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(counted()).as(logs()).isEqualTo(truth.total()));
    truth.assertCountedBy(snapshots());
    await("everything is sampled")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertSampledOnce(truth.total()));
    for (ChildJvm role : roles.values()) {
      role.terminate();
      assertThat(role.await(60)).as(role.output()).isZero();
      List<String> said =
          role.output().lines().filter(line -> !line.contains("INFO  RunDisplay")).toList();
      assertThat(said).as("what is said does not grow with the time").hasSizeLessThan(MAX_SAID);
    }
  }

  /** The kinds take turns; in every third outage all roles are started anew. */
  private void awayFor(int outage, int seconds) throws Exception {
    boolean pause = outage % 3 == 1;
    if (pause) {
      broker.pause();
    } else if (outage % 3 == 0) {
      broker.stop();
    } else {
      broker.kill();
      for (String role : ROLES) {
        requireNonNull(roles.get(role)).kill();
        roles.put(role, role(role));
      }
    }
    long endNs = System.nanoTime() + Duration.ofSeconds(seconds).toNanos();
    await()
        .atMost(Duration.ofSeconds(seconds + 10))
        .until(
            () -> {
              assertAlive();
              return System.nanoTime() >= endNs;
            });
    if (pause) {
      broker.resume();
    } else {
      broker.startAgain();
    }
  }

  /** Events sent from now on are counted, sampled and trained on. */
  private void awaitProgress() throws Exception {
    long before = sent;
    long batches = end("job.batches");
    long reports = end("job.metrics");
    await("all go on")
        .atMost(TIMEOUT)
        .pollInterval(Duration.ofMillis(500))
        .failFast(this::assertAlive)
        .untilAsserted(
            () -> {
              assertThat(sending).isNotDone();
              assertThat(counted()).as(logs()).isGreaterThan(before);
              assertThat(end("job.batches")).as(logs()).isGreaterThan(batches + 4);
              assertThat(end("job.metrics")).as(logs()).isGreaterThan(reports + 1);
            });
  }

  private void assertAlive() {
    roles.forEach((name, role) -> assertThat(role.running()).as(name + ":\n" + logs()).isTrue());
  }

  private void assertSampledOnce(long events) {
    BatchLogAudit audit = BatchLogAudit.of("job", clients);
    audit
        .spans()
        .forEach(
            (partition, spans) -> {
              long next = 0;
              for (Span span : spans) {
                assertThat(span.from()).as("partition %d: %s", partition, spans).isEqualTo(next);
                next = span.to();
              }
            });
    Map<String, Integer> fresh = audit.freshDraws();
    assertThat(fresh.values()).allMatch(times -> times == 1);
    assertThat(fresh).as(logs()).hasSize((int) events);
  }

  /** Ten events a time, without end or loss. */
  private void send() {
    Random random = new Random(1);
    while (!stop) {
      for (int i = 0; i < 10; i++) {
        double chance = random.nextDouble();
        String label = CLASSES.get(chance < 0.03 ? 2 : chance < 0.1 ? 1 : 0);
        producer.send(new ProducerRecord<>("events", i % 2, null, ("1," + label).getBytes(UTF_8)));
      }
      producer.flush();
      sent += 10;
      LockSupport.parkNanos(BETWEEN.toNanos());
    }
  }

  private ChildJvm role(String role) throws IOException {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "job=job",
                "bootstrap.servers=" + broker.bootstrapServers(),
                "events.topic=events",
                "events.format=csv",
                "events.label=label",
                "events.classes=" + String.join(",", CLASSES),
                "events.features=a",
                "evaluation.share=1",
                // Every event is drawn once at least as it comes.
                "sampler.preset=none",
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "checkpoint.interval=2s",
                "metrics.port=0"));
    if (!USUAL) {
      lines.addAll(IMPATIENT);
    }
    Path config = Files.write(folder.resolve("job.properties"), lines);
    return ChildJvm.start(log(role), List.of("run", "--config", config.toString(), "--role", role));
  }

  private Path log(String role) {
    return folder.resolve(role + ".log");
  }

  private String logs() {
    StringBuilder all = new StringBuilder();
    roles.forEach(
        (name, role) -> all.append("== ").append(name).append('\n').append(role.output()));
    return all.toString();
  }

  private long end(String topic) throws Exception {
    try (Admin admin = clients.admin("end")) {
      TopicPartition partition = new TopicPartition(topic, 0);
      return admin.listTopics().names().get().contains(topic)
          ? admin
              .listOffsets(Map.of(partition, OffsetSpec.latest()))
              .partitionResult(partition)
              .get()
              .offset()
          : 0;
    }
  }

  private long counted() {
    List<Snapshot> all = snapshots();
    return all.isEmpty() ? 0 : all.get(all.size() - 1).counts().totalEvents();
  }

  private List<Snapshot> snapshots() {
    List<Snapshot> all = new ArrayList<>();
    try {
      if (end("job.class-weights") > 0) {
        WholeTopic.forEach(
            clients, "job.class-weights", rec -> all.add(SnapshotJson.read(rec.value())));
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return all;
  }
}
