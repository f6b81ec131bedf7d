package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.demo.EmbeddedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.TransactionalProducer;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.protocol.Span;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two samplers over four partitions that are killed at random, stand still and lose their broker,
 * while the producer's own transactions abort: audited by partition and offset from the batch log.
 * The whole size: {@code -Dcounterweight.soak.events=2000000 -Dcounterweight.soak.kills=30}.
 */
@Timeout(1800)
class SamplerSoakIT {
  private static final int EVENTS = Integer.getInteger("counterweight.soak.events", 60_000);
  private static final int KILLS = Integer.getInteger("counterweight.soak.kills", 3);
  private static final int PARTITIONS = 4;
  private static final int PER_TRANSACTION = 500;
  private static final Duration TIMEOUT = Duration.ofSeconds(90);
  private static final String JOB = "soak";

  @TempDir Path dir;

  private final Random random = new Random(9);
  private final @Nullable Process[] instances = new Process[2];
  private final BitSet[] committed = new BitSet[PARTITIONS];
  private final double[] counts = new double[SamplerHarness.CLASSES];
  private final SortedMap<Integer, Long> covered = new TreeMap<>();
  private EmbeddedBroker broker;
  private JobConfig config;
  private KafkaClients clients;
  private TopicSetup.Identity identity;
  private Producer<byte[], byte[]> events;
  private Producer<byte[], byte[]> counter;
  private long version;

  @BeforeEach
  void start() throws Exception {
    broker = EmbeddedBroker.start(dir);
    config = SamplerHarness.config(broker.bootstrapServers(), JOB, "audit");
    clients = new KafkaClients(config.kafka());
    try (Admin admin = clients.admin("setup")) {
      NewTopic topic = new NewTopic(config.events().topic(), PARTITIONS, (short) 1);
      admin.createTopics(List.of(topic)).all().get();
      TopicSetup setup = new TopicSetup(admin, Duration.ofSeconds(30), broker.bootstrapServers());
      setup.ensure(
          config.topics(), List.of(config.topics().classWeights(), config.topics().batches()));
      identity = setup.require(config.events().topic());
    }
    events = clients.transactionalProducer("soak-events", Map.of());
    events.initTransactions();
    counter = clients.producer("soak-counter", Map.of());
    for (int p = 0; p < PARTITIONS; p++) {
      committed[p] = new BitSet();
      covered.put(p, 0L);
    }
  }

  @AfterEach
  void stop() throws Exception {
    for (Process one : instances) {
      if (one != null) {
        one.destroyForcibly().waitFor();
      }
    }
    events.close(Duration.ofSeconds(5));
    counter.close(Duration.ofSeconds(5));
    broker.close();
  }

  @Test
  void nothingIsLostAndNothingUsedTwice() throws Exception {
    launch(0);
    for (int kill = 0; kill < KILLS; kill++) {
      // The second comes after the first kill, and leaves for a while now and then.
      if (instances[1] == null && kill % 5 != 4) {
        launch(1);
      }
      produceAndAwaitProgress(EVENTS / KILLS);
      if (kill == KILLS / 2) {
        restartBroker();
      }
      if (kill == KILLS - 1) {
        standStill(Objects.requireNonNull(instances[0]));
      }
      kill(kill % 2);
      if (kill % 2 == 0) {
        launch(0);
      }
    }
    publish();
    await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofSeconds(2))
        .until(() -> allUsed() && nothingOpen());
    audit();
  }

  private void launch(int index) throws Exception {
    instances[index] =
        SamplerProcess.start(
            config,
            "instance-" + index,
            "sampler.draws.per.event=0.5",
            "sampler.record.draws=256",
            "sampler.commit.interval=200ms");
  }

  private void kill(int index) throws Exception {
    Process process = instances[index];
    if (process != null) {
      assertThat(process.waitFor(random.nextInt(400), TimeUnit.MILLISECONDS))
          .as("instance %d ended by itself", index)
          .isFalse();
      process.destroyForcibly().waitFor();
      instances[index] = null;
    }
  }

  private void standStill(Process process) throws Exception {
    signal(process, "STOP");
    long untilMs =
        System.currentTimeMillis() + TransactionalProducer.TRANSACTION_TIMEOUT_MS + 4_000;
    await().atMost(TIMEOUT).until(() -> System.currentTimeMillis() > untilMs);
    signal(process, "CONT");
    produceAndAwaitProgress(2_000);
  }

  private void restartBroker() {
    int port = broker.port();
    broker.close();
    broker = EmbeddedBroker.start(dir, port);
  }

  private static void signal(Process process, String name) throws Exception {
    new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor();
  }

  private void produce(int count) throws Exception {
    for (int done = 0; done < count; done += PER_TRANSACTION) {
      transaction(true);
      if (random.nextInt(5) == 0) {
        transaction(false);
      }
      publish();
    }
  }

  private void transaction(boolean commit) throws Exception {
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    int[] labels = new int[PER_TRANSACTION];
    events.beginTransaction();
    for (int i = 0; i < PER_TRANSACTION; i++) {
      double u = random.nextDouble();
      labels[i] = u < 0.9 ? 0 : u < 0.98 ? 1 : 2;
      sent.add(
          events.send(
              new ProducerRecord<>(
                  config.events().topic(),
                  random.nextInt(PARTITIONS),
                  null,
                  SamplerHarness.bytes(i, 1, labels[i]))));
    }
    if (!commit) {
      events.abortTransaction();
      return;
    }
    events.commitTransaction();
    for (int i = 0; i < PER_TRANSACTION; i++) {
      RecordMetadata where = sent.get(i).get();
      committed[where.partition()].set((int) where.offset());
      covered.merge(where.partition(), where.offset() + 1, Math::max);
      counts[labels[i]]++;
    }
  }

  private void publish() throws Exception {
    Snapshot shape = Snapshots.balancedOf(counts.clone());
    SortedMap<Integer, Long> from = new TreeMap<>();
    covered.keySet().forEach(p -> from.put(p, 0L));
    Snapshot snapshot =
        Snapshots.of(
            shape,
            JOB,
            ++version,
            config.events().schema().classes(),
            covered,
            from,
            new TreeMap<>(),
            identity.stream());
    counter
        .send(
            new ProducerRecord<>(
                config.topics().classWeights(), 0, new byte[] {1}, SnapshotJson.write(snapshot)))
        .get();
  }

  /** Progress on these events may be made before all of them are out. */
  private void produceAndAwaitProgress(int count) throws Exception {
    long before = logEnd();
    produce(count);
    await().atMost(TIMEOUT).until(() -> logEnd() > before);
  }

  private long logEnd() {
    return WholeLog.end(clients, config.topics().batches());
  }

  private boolean allUsed() throws Exception {
    try (Admin admin = clients.admin("offsets")) {
      var offsets =
          admin
              .listConsumerGroupOffsets(config.topics().groupOf("sampler"))
              .partitionsToOffsetAndMetadata()
              .get();
      return covered.entrySet().stream()
          .allMatch(
              wanted -> {
                var at = offsets.get(new TopicPartition(config.events().topic(), wanted.getKey()));
                return at != null && at.offset() >= wanted.getValue();
              });
    }
  }

  /** A killed instance's transaction hides what was committed after it until it times out. */
  private boolean nothingOpen() throws Exception {
    return batchLogEnd(IsolationLevel.READ_COMMITTED)
        == batchLogEnd(IsolationLevel.READ_UNCOMMITTED);
  }

  private long batchLogEnd(IsolationLevel level) throws Exception {
    TopicPartition log = new TopicPartition(config.topics().batches(), 0);
    try (Admin admin = clients.admin("end")) {
      return admin
          .listOffsets(Map.of(log, OffsetSpec.latest()), new ListOffsetsOptions(level))
          .partitionResult(log)
          .get()
          .offset();
    }
  }

  private void audit() {
    long[] at = new long[PARTITIONS];
    BitSet[] evaluated = new BitSet[PARTITIONS];
    BitSet[] fresh = new BitSet[PARTITIONS];
    for (int p = 0; p < PARTITIONS; p++) {
      evaluated[p] = new BitSet();
      fresh[p] = new BitSet();
    }
    WholeLog.forEach(
        clients,
        config.topics().batches(),
        record -> check(MiniBatchFormat.read(record.value()), at, evaluated, fresh));
    for (int p = 0; p < PARTITIONS; p++) {
      assertThat(evaluated[p]).as("events used of partition %d", p).isEqualTo(committed[p]);
      assertThat(at[p]).isGreaterThanOrEqualTo(covered.getOrDefault(p, 0L));
    }
  }

  private static void check(MiniBatch batch, long[] at, BitSet[] evaluated, BitSet[] fresh) {
    for (Map.Entry<Integer, Span> span : batch.origin().spans().entrySet()) {
      assertThat(span.getValue().from()).isEqualTo(at[span.getKey()]);
      at[span.getKey()] = span.getValue().to();
    }
    once(batch.evaluation().sourcePartition(), batch.evaluation().sourceOffset(), evaluated, null);
    once(
        batch.draws().sourcePartition(),
        batch.draws().sourceOffset(),
        fresh,
        batch.draws().fresh());
  }

  private static void once(
      int[] partitions, long[] offsets, BitSet[] seen, byte @Nullable [] only) {
    for (int row = 0; row < offsets.length; row++) {
      if (only == null || only[row] != 0) {
        BitSet ofPartition = seen[partitions[row]];
        int offset = (int) offsets[row];
        if (ofPartition.get(offset)) {
          throw new AssertionError("used twice: %d:%d".formatted(partitions[row], offset));
        }
        ofPartition.set(offset);
      }
    }
  }
}
