package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TransactionalWriter;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.protocol.RunEnd;
import dev.counterweight.protocol.StreamIdentity;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import dev.counterweight.weights.Snapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/** A sampler's parts without a broker, over partitions of one topic, one snapshot covering all. */
final class SamplerRig implements AutoCloseable {
  private static final long ALL = 1_000_000;

  final MockConsumer<byte[], byte[]> consumer =
      new MockConsumer<>("none") {
        @Override
        public synchronized Map<TopicPartition, OffsetAndMetadata> committed(
            Set<TopicPartition> partitions) {
          if (unanswered-- > 0) {
            throw new TimeoutException("away");
          }
          return super.committed(partitions);
        }
      };

  final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());
  final SimpleMeterRegistry registry = new SimpleMeterRegistry();

  /** How far the clock moves each time it is looked at. */
  final AtomicLong tickNs = new AtomicLong();

  final BatchOutput output;
  final EventSampler sampler;
  final EventReader reader;
  final SnapshotGate gate;
  final SamplerLoop loop;

  /** The batch log as a look back finds it. */
  final List<MiniBatch> log = new ArrayList<>();

  /** Where snapshots are read; none stand there. */
  final MockConsumer<byte[], byte[]> snapshots = new MockConsumer<>("none");

  /** Those of a registry, where events are by one. */
  WriterSchemas schemas = WriterSchemas.NONE;

  /** How often the group's offsets are asked for in vain. */
  int unanswered;

  private final AtomicLong nowNs = new AtomicLong();
  private final TransactionalWriter writer;
  private final JobConfig config;
  private final Map<Integer, Long> next = new HashMap<>();

  /**
   * @param counts of the three classes so far
   */
  SamplerRig(int partitions, Map<String, String> settings, double... counts) {
    config = SamplerHarness.config("nowhere:1", "rig", "one", settings);
    Retry retry = new Retry(() -> false);
    Ticker ticker = new Ticker(() -> nowNs.addAndGet(tickNs.get()));
    writer = new TransactionalWriter(() -> producer, "sampler", "one", ticker, retry, "rig-writer");
    writer.start();
    SamplerMeters metrics =
        new SamplerMeters(
            registry, "rig", config.events().schema().classes(), java.time.Clock.systemUTC());
    output =
        new BatchOutput(
            config.topics(), writer, config.events(), 1 << 20, new ByteRate(0), metrics, ticker);
    BatchLog batches = new BatchLog(this::lookBack, config.topics(), ticker);
    sampler =
        new EventSampler(
            config,
            new SnapshotRecord(snapshot(counts), 0, 0),
            output,
            batches,
            null,
            id -> schemas.schema(id),
            metrics);
    TopicPartition log = new TopicPartition(config.topics().classWeights(), 0);
    snapshots.updateBeginningOffsets(Map.of(log, 0L));
    snapshots.updateEndOffsets(Map.of(log, 0L));
    SnapshotFollower follower =
        new SnapshotFollower(snapshots, config.topics(), config.events().schema().schema());
    EndMark end = new EndMark(false, new RunEnd(new TreeMap<>(), 0));
    loop =
        new SamplerLoop(
            new SamplerLoop.Parts(
                config,
                consumer,
                follower,
                snapshot -> {},
                new StartPositions(consumer, batches, Optional::empty),
                new RecentStarts(batches, this::end, config.events().schema().schema()),
                sampler,
                output,
                metrics,
                java.time.Clock.systemUTC(),
                ticker,
                retry),
            end);
    reader = loop.reader;
    gate = loop.gate;
    consumer.assign(
        IntStream.range(0, partitions)
            .mapToObj(p -> new TopicPartition(config.events().topic(), p))
            .toList());
    IntStream.range(0, partitions).forEach(p -> take(p, 0));
  }

  /** Has the snapshot in use say from which offset on a class was known. */
  void addedAt(int label, int partition, long offset) {
    Snapshot weights = sampler.snapshot().weights();
    Snapshot.Offsets of = weights.offsets();
    TreeMap<Integer, SortedMap<Integer, Long>> since = new TreeMap<>();
    since.put(label, new TreeMap<>(Map.of(partition, offset)));
    Snapshot added = weights.with(new Snapshot.Offsets(of.covered(), of.from(), of.end(), since));
    sampler.follow(new SnapshotRecord(added, 1, 0));
  }

  /** Takes a partition in hand. */
  void take(int partition, long offset) {
    reader.open(partition, offset, null);
    next.put(partition, offset);
  }

  /** The next offset of a partition to be used. */
  long position(int partition) {
    return java.util.Objects.requireNonNull(reader.cursors().get(partition)).span().position();
  }

  /** Lets a partition go, as when another instance is given it. */
  void letGo(int partition) {
    reader.close(partition);
  }

  /** Puts events with this value into a partition, and has them read. */
  void feed(int partition, int count, byte @Nullable [] value) {
    for (int i = 0; i < count; i++) {
      add(partition, value, new RecordHeaders());
    }
    reader.poll(java.time.Duration.ZERO);
  }

  /** Puts an event with headers into a partition, and has it read. */
  void feed(int partition, byte[] value, RecordHeaders headers) {
    add(partition, value, headers);
    reader.poll(java.time.Duration.ZERO);
  }

  private void add(int partition, byte @Nullable [] value, RecordHeaders headers) {
    long offset = next.merge(partition, 1L, Long::sum) - 1;
    consumer.addRecord(
        new ConsumerRecord<>(
            config.events().topic(),
            partition,
            offset,
            1234,
            TimestampType.CREATE_TIME,
            ConsumerRecord.NULL_SIZE,
            value == null ? ConsumerRecord.NULL_SIZE : value.length,
            null,
            value,
            headers,
            Optional.empty()));
  }

  /** Cuts and commits what was used. */
  void commit() {
    sampler.cutIfAny();
    output.commitAll(new ConsumerGroupMetadata("rig"));
  }

  /** The batch records committed so far. */
  List<MiniBatch> committed() {
    return producer.history().stream()
        .filter(record -> record.topic().equals(config.topics().batches()))
        .map(record -> MiniBatchFormat.read(record.value()))
        .collect(Collectors.toList());
  }

  double count(String name, String... tags) {
    return registry.get("counterweight." + name).tags(tags).counter().count();
  }

  /** The batch log's; what this writes and has not committed hides what comes. */
  private long end(IsolationLevel level) {
    boolean more = level == IsolationLevel.READ_UNCOMMITTED && producer.transactionInFlight();
    return log.size() + (more ? 1 : 0);
  }

  private MockConsumer<byte[], byte[]> lookBack() {
    MockConsumer<byte[], byte[]> reader = new MockConsumer<>("none");
    TopicPartition batches = new TopicPartition(config.topics().batches(), 0);
    reader.assign(List.of(batches));
    reader.updateBeginningOffsets(Map.of(batches, 0L));
    reader.updateEndOffsets(Map.of(batches, (long) log.size()));
    reader.seek(batches, 0);
    for (int i = 0; i < log.size(); i++) {
      reader.addRecord(
          new ConsumerRecord<>(
              batches.topic(),
              0,
              i,
              new byte[0],
              MiniBatchFormat.write(log.get(i), config.events().schema().columnCount())));
    }
    return reader;
  }

  /** The topic's partition. */
  TopicPartition partition(int partition) {
    return new TopicPartition(config.events().topic(), partition);
  }

  /** A snapshot of all the partitions, with these counts. */
  Snapshot snapshot(double... counts) {
    Snapshot shape = Snapshots.balancedOf(counts);
    TreeMap<Integer, Long> covered = new TreeMap<>();
    TreeMap<Integer, Long> from = new TreeMap<>();
    for (int p = 0; p < 64; p++) {
      covered.put(p, ALL);
      from.put(p, -ALL); // long before: records are of full length at once
    }
    return Snapshots.of(
        shape,
        "rig",
        1,
        config.events().schema().classes(),
        covered,
        from,
        new TreeMap<>(),
        new StreamIdentity("cluster", "topic"));
  }

  @Override
  public void close() {
    writer.close();
  }
}
