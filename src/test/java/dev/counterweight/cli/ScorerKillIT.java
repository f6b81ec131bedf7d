package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.checkpoint.Announcement;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.ProxiedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.scorer.MadeCheckpoints;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
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
 * Two scorers as processes of their own, killed and cut off from their broker at random moments
 * while they score and new checkpoints are announced.
 *
 * <p>The default is short. The full figure is 20 kills over 500,000 events: {@code
 * -Dcounterweight.kills=20 -Dcounterweight.events=500000}, some five minutes.
 */
@Timeout(1800)
@SuppressWarnings("NullAway.Init") // set by start
class ScorerKillIT {
  private static final int KILLS = Integer.getInteger("counterweight.kills", 3);
  private static final int EVENTS = Integer.getInteger("counterweight.events", 40_000);
  private static final int PARTITIONS = 6;
  private static final int EVENTS_A_TRANSACTION = 400;
  private static final JobTopics NAMES = new JobTopics("job", "events");

  @TempDir Path folder;
  private final Random random = new Random(Long.getLong("counterweight.seed", 1));
  private final List<ChildJvm> scorers = new ArrayList<>();
  private final Set<String> announced = new HashSet<>();
  private ProxiedBroker broker;
  private KafkaClients clients;
  private MadeCheckpoints made;
  private Producer<byte[], byte[]> producer;
  private Producer<byte[], byte[]> announcing;
  private int sent;
  private int unreadable;
  private long step;

  @BeforeEach
  void start() throws Exception {
    broker = ProxiedBroker.start(folder.resolve("broker"));
    clients = new KafkaClients(new KafkaConfig(broker.direct(), Map.of()));
    made = new MadeCheckpoints(folder.resolve("checkpoints"), "job");
    try (Admin admin = clients.admin("create")) {
      admin
          .createTopics(List.of(new NewTopic(NAMES.events(), PARTITIONS, (short) 1)))
          .all()
          .get(30, TimeUnit.SECONDS);
      TopicSetup topics = new TopicSetup(admin, Duration.ofSeconds(30), broker.direct());
      topics.ensure(NAMES, List.of(NAMES.checkpoints(), NAMES.deadLetters()));
      topics.ensure(NAMES, NAMES.scores(), PARTITIONS);
    }
    producer = clients.transactionalProducer("sender", Map.of());
    producer.initTransactions();
    announcing = clients.producer("announcer", Map.of());
  }

  @AfterEach
  void end() throws IOException {
    scorers.forEach(ChildJvm::close);
    producer.close();
    announcing.close();
    broker.close();
  }

  @Test
  void killedScorersScoreEveryEventOnceByAnAnnouncedCheckpoint() throws Exception {
    announce();
    for (int i = 0; i < 2; i++) {
      scorers.add(scorer(i));
    }
    try (ScoresLog log = new ScoresLog(clients, NAMES, PARTITIONS)) {
      for (int kill = 0; kill < KILLS; kill++) {
        send(EVENTS / (KILLS + 1));
        trouble(log, kill);
      }
      send(EVENTS - sent);
      await("all is scored")
          .atMost(Duration.ofMinutes(5))
          .pollInterval(Duration.ofMillis(200))
          .failFast(this::assertAlive)
          .until(() -> log.read(Duration.ofMillis(200)) >= sent);

      assertThat(log.read(Duration.ofSeconds(2))).as("no record more").isEqualTo(sent);
      log.assertEachOnce(clients);
      assertThat(log.letters()).isEqualTo(unreadable);
      assertThat(announced).containsAll(log.checkpoints());
      assertThat(log.checkpoints()).as("swapped on the way").hasSizeGreaterThan(1);
      System.out.printf(
          "%d events, %d of them unreadable, %d kills: each once, by %d of %d checkpoints%n",
          sent, unreadable, KILLS, log.checkpoints().size(), announced.size());
    }
  }

  /** Kills one, once it does something; cuts off both before every second time. */
  private void trouble(ScoresLog log, int kill) throws Exception {
    long before = log.read(Duration.ZERO);
    await("they go on")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(50))
        .failFast(this::assertAlive)
        .until(() -> log.read(Duration.ofMillis(50)) > before || before >= sent);
    announce();
    if (kill % 2 == 1) {
      broker.cut();
      pass(200 + random.nextInt(1_500));
      broker.mend();
    }
    pass(random.nextInt(400));
    int victim = random.nextInt(scorers.size());
    ChildJvm killed = scorers.get(victim);
    assertThat(killed.running()).as(killed.output()).isTrue();
    killed.kill();
    System.out.printf("kill %d at %d of %d records%n", kill + 1, log.read(Duration.ZERO), sent);
    scorers.set(victim, scorer(victim));
  }

  private static void pass(long ms) {
    long endNs = System.nanoTime() + Duration.ofMillis(ms).toNanos();
    await().pollDelay(Duration.ofMillis(ms)).until(() -> System.nanoTime() >= endNs);
  }

  private void assertAlive() {
    scorers.forEach(scorer -> assertThat(scorer.running()).as(scorer.output()).isTrue());
  }

  private void announce() throws Exception {
    Announcement announcement = made.announce(++step);
    announced.add(announcement.checkpoint().sha256());
    announcing
        .send(new ProducerRecord<>(NAMES.checkpoints(), Announcement.key(), announcement.toJson()))
        .get(30, TimeUnit.SECONDS);
  }

  /** Transactions over all partitions, of which every fifth is aborted and sent anew. */
  private void send(int count) {
    int to = sent + count;
    for (int t = 0; sent < to; t++) {
      int size = Math.min(EVENTS_A_TRANSACTION, to - sent);
      boolean aborted = t % 5 == 4;
      producer.beginTransaction();
      for (int i = 0; i < size; i++) {
        boolean bad = (sent + i) % 100 == 99;
        String value = bad ? "{\"amount\":" : "{\"amount\":%d}".formatted(i % 5);
        producer.send(
            new ProducerRecord<>(NAMES.events(), i % PARTITIONS, null, value.getBytes(UTF_8)));
        unreadable += bad && !aborted ? 1 : 0;
      }
      if (aborted) {
        producer.flush();
        producer.abortTransaction();
      } else {
        producer.commitTransaction();
        sent += size;
      }
    }
  }

  private ChildJvm scorer(int instance) throws IOException {
    Path config =
        Files.write(
            folder.resolve("job-" + instance + ".properties"),
            List.of(
                "job=job",
                "bootstrap.servers=" + broker.cuttable(),
                "events.topic=" + NAMES.events(),
                "events.label=label",
                "events.classes=ok,fraud",
                "events.features=amount",
                "kafka.streams.consumer.session.timeout.ms=6000",
                "kafka.streams.consumer.heartbeat.interval.ms=1000",
                "checkpoint.dir=" + folder.resolve("checkpoints"),
                "metrics.port=0"));
    return ChildJvm.start(
        folder.resolve("scorer-" + instance + ".log"),
        List.of("run", "--config", config.toString(), "--role", "scorer"));
  }
}
