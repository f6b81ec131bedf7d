package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two counters as processes of their own, killed at random moments while transactions commit and
 * abort, the broker restarts and the topic grows.
 *
 * <p>The default is short. The full figure is 20 kills over a million events: {@code
 * -Dcounterweight.kills=20 -Dcounterweight.events=1000000}, some five minutes.
 */
@Timeout(900)
@SuppressWarnings("NullAway.Init") // set by start
class CounterKillIT {
  private static final int KILLS = Integer.getInteger("counterweight.kills", 4);
  private static final long EVENTS = Long.getLong("counterweight.events", 100_000);
  private static final int PARTITIONS = 6;
  private static final int GROWN = 8;
  private static final int EVENTS_A_TRANSACTION = 400;
  private static final String TOPIC = "events";
  private static final List<String> CLASSES = List.of("ok", "odd", "fraud");
  private static final Pattern URL = Pattern.compile("metrics and health on (http://[0-9.:]+)");

  @TempDir Path folder;
  private final List<ChildJvm> counters = new ArrayList<>();
  private final AtomicInteger partitions = new AtomicInteger(PARTITIONS);
  private final AtomicLong sent = new AtomicLong();
  private volatile boolean stop;
  private BrokerProcess broker;
  private KafkaClients clients;
  private int started;

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
    stop = true;
    counters.forEach(ChildJvm::close);
    broker.close();
  }

  @Test
  void killedCountersCountEveryCommittedEventOnceInEverySnapshot() throws Exception {
    Random random = new Random(System.nanoTime());
    counters.add(counter());
    counters.add(counter());
    CompletableFuture<Void> sending = CompletableFuture.runAsync(this::send);
    await().atMost(Duration.ofSeconds(60)).until(() -> !snapshots().isEmpty());
    for (int kill = 1; kill < KILLS; kill++) {
      assertGoesOnFor(sending, 500 + random.nextInt(4_000));
      killAndReplace(random.nextInt(2));
      if (kill == KILLS / 4) {
        broker.restart();
      }
      if (kill == KILLS / 2) {
        grow();
      }
    }
    await().atMost(Duration.ofMinutes(5)).until(() -> sent.get() >= EVENTS);
    stop = true;
    sending.get(60, TimeUnit.SECONDS);
    killAndReplace(random.nextInt(2)); // right after the last event

    CommittedEvents truth = CommittedEvents.read(clients, TOPIC, CLASSES);
    await()
        .atMost(Duration.ofSeconds(120))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertThat(counted()).isEqualTo(truth.total()));
    for (ChildJvm counter : counters) {
      awaitCountsPage(counter, truth.counts());
    }
    List<Snapshot> all = snapshots();
    assertThat(all).hasSizeGreaterThan(10);
    truth.assertCountedBy(all);
    assertThat(all.get(all.size() - 1).offsets().covered()).hasSize(GROWN);
  }

  /** Any instance shows the whole job's counts. */
  private static void awaitCountsPage(ChildJvm counter, long[] counts) {
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              Matcher url = URL.matcher(counter.output());
              assertThat(url.find()).isTrue();
              HttpResponse<String> page =
                  HttpClient.newHttpClient()
                      .send(
                          HttpRequest.newBuilder(URI.create(url.group(1) + "/counts")).build(),
                          HttpResponse.BodyHandlers.ofString());
              JsonNode shown = new ObjectMapper().readTree(page.body());
              for (int c = 0; c < CLASSES.size(); c++) {
                assertThat(shown.at("/classes/" + CLASSES.get(c) + "/events").asLong())
                    .isEqualTo(counts[c]);
              }
            });
  }

  private void grow() throws Exception {
    try (Admin admin = clients.admin("grow")) {
      admin.createPartitions(Map.of(TOPIC, NewPartitions.increaseTo(GROWN))).all().get();
    }
    partitions.set(GROWN);
  }

  private void killAndReplace(int victim) throws Exception {
    ChildJvm counter = counters.get(victim);
    assertThat(counter.running()).as(counter.output()).isTrue();
    counter.kill();
    counters.set(victim, counter());
  }

  private static void assertGoesOnFor(CompletableFuture<Void> sending, long ms) {
    assertThatThrownBy(() -> sending.get(ms, TimeUnit.MILLISECONDS))
        .isInstanceOf(TimeoutException.class);
  }

  /** Transactions over all partitions, every third aborted, until told to stop. */
  private void send() {
    Random random = new Random(1);
    try (Producer<byte[], byte[]> producer = clients.transactionalProducer("sender", Map.of())) {
      producer.initTransactions();
      for (int t = 0; !stop; t++) {
        producer.beginTransaction();
        for (int i = 0; i < EVENTS_A_TRANSACTION; i++) {
          producer.send(
              new ProducerRecord<>(
                  TOPIC, i % partitions.get(), null, ("1," + label(random)).getBytes(UTF_8)));
        }
        if (t % 3 == 2) {
          producer.flush();
          producer.abortTransaction();
        } else {
          producer.commitTransaction();
          sent.addAndGet(EVENTS_A_TRANSACTION);
        }
      }
    }
  }

  private static String label(Random random) {
    double chance = random.nextDouble();
    if (chance < 0.02) {
      return "unknown";
    }
    return CLASSES.get(chance < 0.03 ? 2 : chance < 0.1 ? 1 : 0);
  }

  private ChildJvm counter() throws IOException {
    Path config =
        Files.write(
            folder.resolve("job.properties"),
            List.of(
                "job=job",
                "bootstrap.servers=" + broker.bootstrapServers(),
                "events.topic=" + TOPIC,
                "events.format=csv",
                "events.label=label",
                "events.classes=" + String.join(",", CLASSES),
                "events.features=a",
                "weights.update.interval=200ms",
                "kafka.metadata.max.age.ms=1000",
                "kafka.streams.consumer.session.timeout.ms=6000",
                "kafka.streams.consumer.heartbeat.interval.ms=1000",
                "checkpoint.dir=unused",
                "metrics.port=0"));
    Path log = folder.resolve("counter-" + started++ + ".log");
    return ChildJvm.start(log, List.of("run", "--config", config.toString(), "--role", "counter"));
  }

  private long counted() {
    List<Snapshot> all = snapshots();
    return all.isEmpty() ? 0 : all.get(all.size() - 1).counts().totalEvents();
  }

  private List<Snapshot> snapshots() {
    List<Snapshot> all = new ArrayList<>();
    WholeTopic.forEach(
        clients, "job.class-weights", record -> all.add(SnapshotJson.read(record.value())));
    return all;
  }
}
