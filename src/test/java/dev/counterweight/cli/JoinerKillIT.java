package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.counterweight.config.KafkaConfig;
import dev.counterweight.demo.ProxiedBroker;
import dev.counterweight.joiner.JoinRecount;
import dev.counterweight.joiner.JoinStream;
import dev.counterweight.joiner.JoinStream.Conflict;
import dev.counterweight.joiner.JoinStream.Rules;
import dev.counterweight.joiner.LabelledLog;
import dev.counterweight.joiner.PublishedStream;
import dev.counterweight.joiner.PublishedStream.Shape;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Joiners as processes of their own, killed and cut off from their broker at random moments all
 * along while they catch up on events and labels with all that can be wrong with them.
 *
 * <p>The default is short. The full figure is 20 kills over a million events: {@code
 * -Dcounterweight.kills=20 -Dcounterweight.events=1000000}; {@code -Dcounterweight.seed} gives
 * another stream.
 */
@Timeout(1800)
@SuppressWarnings("NullAway.Init") // set by start
class JoinerKillIT {
  private static final int KILLS = Integer.getInteger("counterweight.kills", 2);
  private static final int EVENTS = Integer.getInteger("counterweight.events", 40_000);
  private static final long SEED = Long.getLong("counterweight.seed", 1);
  private static final List<String> CLASSES = List.of("ok", "odd", "fraud");
  private static final long WAIT_MS = 600_000;
  private static final long GRACE_MS = 4_000;
  private static final long CORRECT_MS = 300_000;
  private static final long HALF_LIFE_MS = 3_600_000;
  private static final long STEP_MS = 50;
  private static final int PARTITIONS = 12;

  /** How the two topics come together. */
  private enum Join {
    /** Both are read as they are. */
    DIRECT(PARTITIONS, true, Conflict.FIRST, "ok", "key:"),
    /** Labels go through a topic that has the events' partitions. */
    LABELS_ROUTED(4, true, Conflict.LAST, "drop", "key:"),
    /** Both go through one: the key is a field, its events are spread. */
    BOTH_ROUTED(4, false, Conflict.PRIORITY, "ok", "card");

    final int labelPartitions;
    final boolean byKey;
    final Conflict conflict;
    final String missing;
    final String key;

    Join(int labelPartitions, boolean byKey, Conflict conflict, String missing, String key) {
      this.labelPartitions = labelPartitions;
      this.byKey = byKey;
      this.conflict = conflict;
      this.missing = missing;
      this.key = key;
    }
  }

  @TempDir Path folder;
  private final List<ChildJvm> joiners = new ArrayList<>();
  private final Random random = new Random(SEED);
  private ProxiedBroker broker;
  private KafkaClients clients;

  @BeforeEach
  void start() throws IOException {
    broker = ProxiedBroker.start(folder.resolve("broker"));
    clients = new KafkaClients(new KafkaConfig(broker.direct(), Map.of()));
  }

  @AfterEach
  void end() throws IOException {
    joiners.forEach(ChildJvm::close);
    broker.close();
  }

  @ParameterizedTest
  @EnumSource(Join.class)
  void everyEventLeavesOnceWithTheRightLabelAndCountsAreThoseOfTheFinalLabels(Join join)
      throws Exception {
    Rules rules =
        new Rules(
            WAIT_MS,
            GRACE_MS,
            CORRECT_MS,
            CLASSES.indexOf(join.missing),
            join.conflict,
            CLASSES.size());
    long startMs = System.currentTimeMillis() - Duration.ofDays(1).toMillis() - EVENTS * STEP_MS;
    JoinStream stream = JoinStream.of(rules, EVENTS, startMs, STEP_MS, SEED);
    JoinRecount recount = new JoinRecount(stream);
    PublishedStream published =
        PublishedStream.write(
            clients,
            stream,
            CLASSES,
            "j",
            new Shape(PARTITIONS, join.labelPartitions, join.byKey, 0));
    long expected = recount.records();
    try (LabelledLog log = new LabelledLog(clients, "job.labelled", published)) {
      for (int i = 0; i < 2; i++) {
        joiners.add(joiner(join, i));
      }
      for (int kill = 0; kill < KILLS; kill++) {
        trouble(log, join, kill, expected);
      }
      await("all is joined")
          .atMost(Duration.ofMinutes(5))
          .pollInterval(Duration.ofMillis(200))
          .failFast(this::assertAlive)
          .until(() -> log.records(Duration.ofMillis(200)) >= expected);
      log.assertAsRecounted(recount);
      assertCounts(join, recount);
      assertThat(log.records(Duration.ofSeconds(1))).as("no record more").isEqualTo(expected);
    }
  }

  /**
   * Kills one, once they have gone on and have written that kill's share of all records; cuts off
   * both before every second time.
   */
  private void trouble(LabelledLog log, Join join, int kill, long expected) throws Exception {
    long before = log.records(Duration.ZERO);
    long share = expected * (kill + 1) / (KILLS + 1);
    long due = Math.min(expected, Math.max(share, before + 1));
    await("they write " + due + " records")
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(50))
        .failFast(this::assertAlive)
        .until(() -> log.records(Duration.ofMillis(50)) >= due);
    if (kill % 2 == 1) {
      broker.cut();
      pass(log, 200 + random.nextInt(2_000));
      broker.mend();
    }
    pass(log, random.nextInt(600));
    int victim = random.nextInt(joiners.size());
    ChildJvm killed = joiners.get(victim);
    assertThat(killed.running()).as(killed.output()).isTrue();
    killed.kill();
    System.out.printf(
        "%s: kill %d from %d on, at %d of %d records%n",
        join, kill + 1, due, log.records(Duration.ZERO), expected);
    joiners.set(victim, joiner(join, victim));
  }

  /** Reads on meanwhile, so that what is told of the log is of now. */
  private static void pass(LabelledLog log, long ms) {
    long endNs = System.nanoTime() + Duration.ofMillis(ms).toNanos();
    while (System.nanoTime() < endNs) {
      log.records(Duration.ofMillis(10));
    }
  }

  private void assertAlive() {
    joiners.forEach(joiner -> assertThat(joiner.running()).as(joiner.output()).isTrue());
  }

  /** Of a counter that counts what the joiners wrote. */
  private void assertCounts(Join join, JoinRecount recount) throws Exception {
    Path config = config(join, 2, broker.direct());
    List<String> arguments = List.of("run", "--config", config.toString(), "--role", "counter");
    try (ChildJvm counter = ChildJvm.start(folder.resolve("counter.log"), arguments)) {
      await("all is counted")
          .atMost(Duration.ofMinutes(2))
          .pollInterval(Duration.ofMillis(500))
          .failFast(() -> assertThat(counter.running()).as(counter.output()).isTrue())
          .ignoreExceptions()
          .untilAsserted(() -> assertAreCounts(newest(), recount));
    }
  }

  private static void assertAreCounts(Snapshot last, JoinRecount recount) {
    assertThat(last.counts().events()).isEqualTo(recount.counts());
    assertThat(last.asOfMs()).isEqualTo(recount.asOfMs());
    double[] decayed = recount.decayed(HALF_LIFE_MS, last.asOfMs());
    for (int c = 0; c < decayed.length; c++) {
      assertThat(last.counts().n(c) / decayed[c]).isCloseTo(1, within(1e-9));
    }
  }

  private Snapshot newest() {
    List<Snapshot> all = new ArrayList<>();
    WholeTopic.forEach(
        clients, "job.class-weights", record -> all.add(SnapshotJson.read(record.value())));
    return all.get(all.size() - 1);
  }

  private ChildJvm joiner(Join join, int instance) throws IOException {
    Path config = config(join, instance, broker.cuttable());
    return ChildJvm.start(
        folder.resolve("joiner-" + instance + ".log"),
        List.of("run", "--config", config.toString(), "--role", "joiner"));
  }

  private Path config(Join join, int instance, String servers) throws IOException {
    return Files.write(
        folder.resolve("job-" + instance + ".properties"),
        List.of(
            "job=job",
            "bootstrap.servers=" + servers,
            "events.topic=j-events",
            "events.classes=" + String.join(",", CLASSES),
            "events.features=a",
            "events.key=" + join.key,
            "labels.topic=j-labels",
            "labels.label=outcome",
            "labels.key=" + join.key,
            "labels.wait=" + WAIT_MS + "ms",
            "labels.grace=" + GRACE_MS + "ms",
            "labels.correct.for=" + CORRECT_MS + "ms",
            "labels.missing=" + join.missing,
            "labels.conflict=" + join.conflict.name().toLowerCase(Locale.ROOT),
            "labels.state.dir=" + folder.resolve("state-" + instance),
            "counts.half.life=" + HALF_LIFE_MS + "ms",
            "kafka.streams.consumer.session.timeout.ms=6000",
            "kafka.streams.consumer.heartbeat.interval.ms=1000",
            "checkpoint.dir=unused",
            "metrics.port=0"));
  }
}
