package dev.counterweight.sampler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.demo.SharedBroker;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.TopicSetup;
import dev.counterweight.kafka.WholeLog;
import dev.counterweight.protocol.Span;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;

/**
 * A job's topics on the shared broker, with the counter played by hand: events with two features,
 * the offset-independent serial number being the first, in three classes and three partitions.
 */
final class SamplerHarness implements AutoCloseable {
  static final int PARTITIONS = 3;
  static final int CLASSES = 3;

  final String job;
  final JobConfig config;
  final KafkaClients clients;
  final TopicSetup.Identity identity;

  /** Committed events that can be read: "partition:offset" to label. */
  final SortedMap<String, Integer> events = new TreeMap<>();

  private final Producer<byte[], byte[]> committing;
  private final Producer<byte[], byte[]> aborting;
  private final Producer<byte[], byte[]> counter;
  private final SortedMap<Integer, Long> produced = new TreeMap<>();
  private final SortedMap<Integer, Long> from = new TreeMap<>();
  private final double[] counts = new double[CLASSES];
  private final Random random = new Random(4);
  private long version;
  private int serial;

  SamplerHarness() {
    this(SharedBroker.bootstrapServers(), SharedBroker.uniqueName("sampling"));
  }

  /** A job on another broker. */
  SamplerHarness(String bootstrapServers, String job) {
    this.job = job;
    this.config = config(bootstrapServers, job, "one");
    this.clients = new KafkaClients(config.kafka());
    try (Admin admin = clients.admin("setup")) {
      admin
          .createTopics(List.of(new NewTopic(config.events().topic(), PARTITIONS, (short) 1)))
          .all()
          .toCompletionStage()
          .toCompletableFuture()
          .join();
      TopicSetup setup =
          new TopicSetup(admin, Duration.ofSeconds(30), config.kafka().bootstrapServers());
      setup.ensure(
          config.topics(),
          List.of(
              config.topics().classWeights(),
              config.topics().batches(),
              config.topics().metrics()));
      identity = setup.require(config.events().topic());
    }
    for (int p = 0; p < PARTITIONS; p++) {
      produced.put(p, 0L);
      from.put(p, 0L);
    }
    committing = clients.transactionalProducer(job + "-committing", Map.of());
    committing.initTransactions();
    aborting = clients.transactionalProducer(job + "-aborting", Map.of());
    aborting.initTransactions();
    counter = clients.producer(job + "-counter", Map.of());
  }

  static JobConfig config(String bootstrapServers, String job, String instance) {
    return config(bootstrapServers, job, instance, Map.of());
  }

  /**
   * @param changes where a value is empty, its key is left out
   */
  static JobConfig config(
      String bootstrapServers, String job, String instance, Map<String, String> changes) {
    Map<String, String> values = new HashMap<>(basics(bootstrapServers, job, instance));
    values.putAll(changes);
    values.values().removeIf(String::isEmpty);
    return JobConfigLoader.load(values);
  }

  private static Map<String, String> basics(String bootstrapServers, String job, String instance) {
    return Map.ofEntries(
        Map.entry("job", job),
        Map.entry("instance.id", instance),
        Map.entry("bootstrap.servers", bootstrapServers),
        Map.entry("events.topic", job + "-events"),
        Map.entry("events.format", "float32"),
        Map.entry("events.min.time", "1970-01-01"),
        Map.entry("events.features", "serial,x"),
        Map.entry("events.label", "label"),
        Map.entry("events.classes", "common,seldom,rare"),
        Map.entry("sampler.draws.per.event", "4"),
        Map.entry("sampler.memory", "32"),
        Map.entry("sampler.record.draws", "64"),
        Map.entry("sampler.linger", "200ms"),
        Map.entry("sampler.commit.interval", "20ms"),
        Map.entry("evaluation.share", "1"),
        Map.entry("checkpoint.dir", "unused"),
        Map.entry("metrics.port", "0"));
  }

  /** Produces events in committed transactions, with an aborted one after each. */
  void produce(int count, int perTransaction) {
    for (int done = 0; done < count; done += perTransaction) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      List<Integer> labels = new ArrayList<>();
      committing.beginTransaction();
      for (int i = 0; i < Math.min(perTransaction, count - done); i++) {
        double u = random.nextDouble();
        int label = u < 0.9 ? 0 : u < 0.98 ? 1 : 2;
        labels.add(label);
        sent.add(send(committing, random.nextInt(PARTITIONS), bytes(serial++, 1, label)));
      }
      committing.commitTransaction();
      for (int i = 0; i < sent.size(); i++) {
        RecordMetadata where = done(sent.get(i));
        events.put(where.partition() + ":" + where.offset(), labels.get(i));
        counted(where, labels.get(i));
      }
      aborting.beginTransaction();
      for (int p = 0; p < PARTITIONS; p++) {
        send(aborting, p, bytes(-1, 1, 0));
      }
      aborting.abortTransaction();
    }
  }

  /** Produces events of one class only. */
  void produceOnly(int label, int count) {
    committing.beginTransaction();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sent.add(send(committing, i % PARTITIONS, bytes(serial++, 1, label)));
    }
    committing.commitTransaction();
    for (Future<RecordMetadata> one : sent) {
      RecordMetadata where = done(one);
      events.put(where.partition() + ":" + where.offset(), label);
      counted(where, label);
    }
  }

  /** Produces one record as it is; {@code label} is what the counter makes of it, or -1. */
  RecordMetadata produceRaw(int partition, byte[] key, byte[] value, int label) {
    committing.beginTransaction();
    Future<RecordMetadata> sent =
        committing.send(
            new ProducerRecord<>(config.events().topic(), partition, 1234L, key, value));
    committing.commitTransaction();
    RecordMetadata where = done(sent);
    counted(where, label);
    return where;
  }

  /** Produces events that cannot be read. */
  void producePoison(int partition, int count) {
    committing.beginTransaction();
    List<Future<RecordMetadata>> sent = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      sent.add(send(committing, partition, new byte[] {1, 2, 3}));
    }
    committing.commitTransaction();
    sent.forEach(one -> counted(done(one), -1));
  }

  private void counted(RecordMetadata where, int label) {
    produced.merge(where.partition(), where.offset() + 1, Math::max);
    if (label >= 0) {
      counts[label]++;
    }
  }

  /** A snapshot of everything produced so far; with the end mark if asked. */
  Snapshot publish(boolean withEnd) {
    return publish(withEnd ? ends() : new TreeMap<>(), identity.stream().topicId());
  }

  /** What was produced so far is not of the job, as under events.start=latest. */
  void beginHere() {
    from.putAll(ends());
    produced.putAll(from);
    events.clear();
    Arrays.fill(counts, 0);
  }

  /** A snapshot that does not know of a partition. */
  void publishWithout(int partition) {
    long covered = Objects.requireNonNull(produced.remove(partition));
    long begins = Objects.requireNonNull(from.remove(partition));
    publish(false);
    produced.put(partition, covered);
    from.put(partition, begins);
  }

  Snapshot publish(SortedMap<Integer, Long> end, String topicId) {
    Snapshot shape = Snapshots.balancedOf(counts.clone());
    Snapshot snapshot =
        Snapshots.of(
            shape,
            job,
            ++version,
            config.events().schema().classes(),
            produced,
            from,
            end,
            new StreamIdentity(identity.stream().clusterId(), topicId));
    done(
        counter.send(
            new ProducerRecord<>(
                config.topics().classWeights(), 0, new byte[] {1}, SnapshotJson.write(snapshot))));
    return snapshot;
  }

  /** What a trainer at this position of the batch log would report. */
  void reportTrainer(long position, long drawn) {
    String report =
        "{\"time_ms\":1,\"events\":1,\"step\":1,\"batch_offset\":%d,\"drawn\":{\"common\":%d},"
            + "\"done\":false}";
    done(
        counter.send(
            new ProducerRecord<>(
                config.topics().metrics(),
                0,
                null,
                report.formatted(position, drawn).getBytes(StandardCharsets.UTF_8))));
  }

  /** The end of each partition as a reader of committed events sees it. */
  SortedMap<Integer, Long> ends() {
    List<TopicPartition> all = LogEnds.partitions(config.events().topic(), PARTITIONS);
    settle(all);
    try (Consumer<byte[], byte[]> consumer = clients.consumer("ends", Map.of())) {
      return new LogEnds(consumer).ends(all);
    }
  }

  /** Where a one-partition topic ends for readers of what is committed. */
  long end(String topic) {
    return WholeLog.end(clients, topic);
  }

  /** The committed records of a one-partition topic. */
  List<ConsumerRecord<byte[], byte[]>> read(String topic) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    WholeLog.forEach(clients, topic, records::add);
    return records;
  }

  /** All records, once no transaction is open. */
  List<MiniBatch> settledBatches() {
    settle(List.of(new TopicPartition(config.topics().batches(), 0)));
    return batches();
  }

  /** A commit or abort returns before its markers are written: waits for them. */
  private void settle(List<TopicPartition> partitions) {
    try (Admin admin = clients.admin("settled");
        Consumer<byte[], byte[]> consumer = clients.consumer("settled", Map.of())) {
      await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                Map<TopicPartition, Long> committed = consumer.endOffsets(partitions);
                for (TopicPartition one : partitions) {
                  long end =
                      admin
                          .listOffsets(Map.of(one, OffsetSpec.latest()))
                          .partitionResult(one)
                          .get()
                          .offset();
                  if (committed.getOrDefault(one, -1L) != end) {
                    return false;
                  }
                }
                return true;
              });
    }
  }

  List<MiniBatch> batches() {
    return read(config.topics().batches()).stream()
        .map(
            record -> {
              requireWidth(SafeTensors.parse(record.value()));
              return MiniBatchFormat.read(record.value());
            })
        .toList();
  }

  /** A part without rows tells how many features there are all the same. */
  private static void requireWidth(SafeTensors record) {
    long width = record.tensor("features").shape().get(1);
    assertThat(width).isPositive();
    assertThat(record.tensor("eval_features").shape().get(1)).isEqualTo(width);
  }

  /**
   * Every event was covered once, evaluated once (the share is one) and drawn first at most once.
   */
  void assertEveryEventUsedOnce(List<MiniBatch> batches) {
    long[] at = new long[PARTITIONS];
    Set<String> fresh = new HashSet<>();
    Set<String> evaluated = new TreeSet<>();
    for (MiniBatch batch : batches) {
      for (Map.Entry<Integer, Span> span : batch.origin().spans().entrySet()) {
        assertThat(span.getValue().from())
            .as("partition %d goes on where it was left", span.getKey())
            .isEqualTo(at[span.getKey()]);
        at[span.getKey()] = span.getValue().to();
      }
      MiniBatch.EvaluationSlice slice = batch.evaluation();
      for (int row = 0; row < slice.rows(); row++) {
        String id = slice.sourcePartition()[row] + ":" + slice.sourceOffset()[row];
        assertThat(evaluated.add(id)).as("evaluated twice: %s", id).isTrue();
        assertThat(events).containsEntry(id, (int) slice.labels()[row]);
        assertThat(fresh).doesNotContain(id);
      }
      MiniBatch.Draws draws = batch.draws();
      for (int row = 0; row < draws.rows(); row++) {
        String id = draws.sourcePartition()[row] + ":" + draws.sourceOffset()[row];
        assertThat(evaluated).contains(id);
        assertThat(events).containsEntry(id, (int) draws.labels()[row]);
        if (draws.fresh()[row] != 0) {
          assertThat(fresh.add(id)).as("drawn first twice: %s", id).isTrue();
        }
      }
    }
    assertThat(evaluated).isEqualTo(events.keySet());
  }

  static long draws(List<MiniBatch> batches) {
    return batches.stream().mapToLong(batch -> batch.draws().rows()).sum();
  }

  static byte[] bytes(float serial, float x, float label) {
    ByteBuffer buffer = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    return buffer.putFloat(serial).putFloat(x).putFloat(label).array();
  }

  @Override
  public void close() {
    committing.close();
    aborting.close();
    counter.close();
  }

  private Future<RecordMetadata> send(
      Producer<byte[], byte[]> producer, int partition, byte[] value) {
    return producer.send(new ProducerRecord<>(config.events().topic(), partition, null, value));
  }

  private static RecordMetadata done(Future<RecordMetadata> sent) {
    try {
      return sent.get();
    } catch (ExecutionException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Override
  public String toString() {
    return job + " " + Arrays.toString(counts);
  }
}
