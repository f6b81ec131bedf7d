package dev.counterweight.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.KafkaConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.kafka.WholeTopic;
import dev.counterweight.protocol.LabelledHeaders;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.DecayedCounts;
import dev.counterweight.weights.HalfLife;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two counters and a sampler as processes of their own, killed while what a joiner would write
 * comes in: events, and events that come again with another class, in transactions of which some
 * are aborted. The user's own topics are not there: the joiner alone reads those.
 *
 * <p>The default is short: {@code -Dcounterweight.kills=20 -Dcounterweight.events=400000} is long.
 */
@Timeout(900)
@SuppressWarnings("NullAway.Init") // set by start
class CorrectionsKillIT {
  private static final int KILLS = Integer.getInteger("counterweight.kills", 4);
  private static final int EVENTS = Integer.getInteger("counterweight.events", 24_000);
  private static final int PARTITIONS = 3;
  private static final int A_TRANSACTION = 100;
  private static final String TOPIC = "job.labelled";
  private static final List<String> CLASSES = List.of("ok", "odd", "fraud");
  private static final long NEWEST_MS = 1_700_000_000_000L;
  private static final HalfLife HOUR = new HalfLife(HalfLife.Unit.MILLISECONDS, 3_600_000);

  /** A record committed; {@code replaces} -1 if the event came for the first time. */
  private record Written(int label, int replaces) {}

  /** An event as it stands by now. */
  private record Event(int number, int partition, int label, long timeMs) {
    Event as(int other) {
      return new Event(number, partition, other, timeMs);
    }
  }

  @TempDir Path folder;
  private final List<ChildJvm> roles = new ArrayList<>();
  private final Random random = new Random(System.nanoTime());
  private final Map<String, Long> seen = new HashMap<>();
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
    roles.forEach(ChildJvm::close);
    broker.close();
  }

  @Test
  void killedRolesCountAndDrawEveryEventByTheLabelInForce() throws Exception {
    List<String> names = List.of("counter", "counter", "sampler");
    for (String name : names) {
      roles.add(role(name));
    }
    List<Event> events = new ArrayList<>();
    try (Producer<byte[], byte[]> producer = clients.transactionalProducer("joiner", Map.of())) {
      producer.initTransactions();
      for (int kill = 0; kill < KILLS; kill++) {
        for (int sent = 0; sent < EVENTS / KILLS; sent += A_TRANSACTION) {
          transaction(producer, events, random.nextInt(4) == 0);
        }
        awaitProgress();
        int victim = kill % names.size();
        assertThat(roles.get(victim).running()).as(roles.get(victim).output()).isTrue();
        roles.get(victim).kill();
        roles.set(victim, role(names.get(victim)));
      }
    }
    Map<String, Written> log = log();

    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertCounted(log, events));
    await()
        .atMost(Duration.ofMinutes(2))
        .pollInterval(Duration.ofSeconds(1))
        .untilAsserted(() -> assertSampled(log));
  }

  /** Waits for a snapshot and a batch record more than at the kill before. */
  private void awaitProgress() {
    for (String topic : List.of("job.class-weights", "job.batches")) {
      long before = seen.getOrDefault(topic, 0L);
      await()
          .atMost(Duration.ofMinutes(3))
          .failFast("a role ended", () -> roles.stream().anyMatch(role -> !role.running()))
          .ignoreExceptions() // until it is there
          .until(() -> WholeLog.end(clients, topic) > before);
      seen.put(topic, WholeLog.end(clients, topic));
    }
  }

  /** The last snapshot is a recount of the labels in force; none has lost or added an event. */
  private void assertCounted(Map<String, Written> log, List<Event> events) {
    List<Snapshot> snapshots = WholeLog.read(clients, "job.class-weights", SnapshotJson::read);
    assertThat(snapshots).isNotEmpty();
    Snapshot last = snapshots.get(snapshots.size() - 1);
    DecayedCounts recount = new DecayedCounts(HOUR, CLASSES.size());
    events.forEach(event -> recount.add(event.label(), 1, event.timeMs()));
    assertThat(last.counts().events()).isEqualTo(recount.sums().events());
    ClassCounts expected = recount.at(last.asOfMs());
    for (int c = 0; c < CLASSES.size(); c++) {
      assertThat(last.counts().n(c)).isCloseTo(expected.n(c), within(1e-9 * expected.n(c)));
    }
    for (Snapshot snapshot : snapshots) {
      long[] counts = new long[CLASSES.size()];
      log.forEach(
          (id, written) -> {
            String[] at = id.split(":");
            Long next = snapshot.offsets().covered().get(Integer.valueOf(at[0]));
            if (next != null && Long.parseLong(at[1]) < next) {
              counts[written.label()]++;
              if (written.replaces() >= 0) {
                counts[written.replaces()]--;
              }
            }
          });
      assertThat(snapshot.counts().events()).isEqualTo(counts);
    }
  }

  /** Every event is scored once, by its first label; every draw tells what it replaces. */
  private void assertSampled(Map<String, Written> log) {
    Map<String, Integer> scored = new HashMap<>();
    int corrections = 0;
    for (MiniBatch batch : WholeLog.read(clients, "job.batches", MiniBatchFormat::read)) {
      MiniBatch.EvaluationSlice slice = batch.evaluation();
      for (int row = 0; row < slice.rows(); row++) {
        String id = slice.sourcePartition()[row] + ":" + slice.sourceOffset()[row];
        Written written = Objects.requireNonNull(log.get(id));
        assertThat(written.replaces()).isEqualTo(-1);
        assertThat(slice.labels()[row]).isEqualTo(written.label());
        scored.merge(id, 1, Integer::sum);
      }
      MiniBatch.Draws draws = batch.draws();
      int[] replaces = Objects.requireNonNull(draws.replaces());
      for (int row = 0; row < draws.rows(); row++) {
        String id = draws.sourcePartition()[row] + ":" + draws.sourceOffset()[row];
        Written written = Objects.requireNonNull(log.get(id));
        assertThat(draws.labels()[row]).isEqualTo(written.label());
        assertThat(replaces[row]).isEqualTo(written.replaces());
        corrections += written.replaces() >= 0 ? 1 : 0;
      }
    }
    assertThat(corrections).isPositive();
    assertThat(scored.values()).containsOnly(1);
    assertThat(scored).hasSize((int) log.values().stream().filter(w -> w.replaces() < 0).count());
  }

  /** What stands in the topic, by partition and offset. */
  private Map<String, Written> log() {
    Map<String, Written> log = new TreeMap<>();
    WholeTopic.forEach(
        clients,
        TOPIC,
        record ->
            log.put(
                record.partition() + ":" + record.offset(),
                new Written(
                    label(record, LabelledHeaders.LABEL),
                    label(record, LabelledHeaders.REPLACES))));
    return log;
  }

  private static int label(ConsumerRecord<byte[], byte[]> record, String header) {
    var found = record.headers().lastHeader(header);
    return found == null ? -1 : CLASSES.indexOf(new String(found.value(), UTF_8));
  }

  private void transaction(Producer<byte[], byte[]> producer, List<Event> events, boolean abort) {
    List<Event> after = new ArrayList<>(events);
    producer.beginTransaction();
    for (int i = 0; i < A_TRANSACTION; i++) {
      if (after.isEmpty() || random.nextInt(3) > 0) {
        int label = random.nextInt(10) == 0 ? 1 + random.nextInt(2) : 0;
        long timeMs = NEWEST_MS - random.nextInt(8 * 3_600_000);
        Event event = new Event(after.size(), after.size() % PARTITIONS, label, timeMs);
        after.add(event);
        producer.send(written(event, null));
      } else {
        int which = random.nextInt(after.size());
        Event before = after.get(which);
        Event event = before.as((before.label() + 1 + random.nextInt(2)) % CLASSES.size());
        after.set(which, event);
        producer.send(written(event, CLASSES.get(before.label())));
      }
    }
    if (abort) {
      producer.flush();
      producer.abortTransaction();
    } else {
      producer.commitTransaction();
      events.clear();
      events.addAll(after);
    }
  }

  private static ProducerRecord<byte[], byte[]> written(Event event, @Nullable String replaces) {
    ProducerRecord<byte[], byte[]> written =
        new ProducerRecord<>(
            TOPIC, event.partition(), null, Integer.toString(event.number()).getBytes(UTF_8));
    put(written, LabelledHeaders.LABEL, CLASSES.get(event.label()));
    put(written, LabelledHeaders.EVENT_TIME, Long.toString(event.timeMs()));
    if (replaces != null) {
      put(written, LabelledHeaders.REPLACES, replaces);
    }
    return written;
  }

  private static void put(ProducerRecord<byte[], byte[]> record, String name, String value) {
    record.headers().add(name, value.getBytes(UTF_8));
  }

  private ChildJvm role(String name) throws IOException {
    Path config =
        Files.write(
            folder.resolve("job.properties"),
            List.of(
                "job=job",
                "bootstrap.servers=" + broker.bootstrapServers(),
                "events.topic=events",
                "events.format=csv",
                "events.classes=" + String.join(",", CLASSES),
                "events.features=number",
                "labels.topic=labels",
                "labels.label=label",
                "labels.wait=1h",
                "labels.correct.for=7d",
                "labels.state.dir=" + folder.resolve("state"),
                "counts.half.life=1h",
                "evaluation.share=1",
                "weights.update.interval=200ms",
                "kafka.consumer.session.timeout.ms=6000",
                "kafka.consumer.heartbeat.interval.ms=1000",
                "kafka.streams.consumer.session.timeout.ms=6000",
                "kafka.streams.consumer.heartbeat.interval.ms=1000",
                "checkpoint.dir=unused",
                "metrics.port=0"));
    Path log = folder.resolve(name + "-" + started++ + ".log");
    return ChildJvm.start(log, List.of("run", "--config", config.toString(), "--role", name));
  }
}
