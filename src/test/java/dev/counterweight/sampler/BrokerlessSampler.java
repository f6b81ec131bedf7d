package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TransactionalWriter;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import dev.counterweight.sampling.OpenSpan;
import dev.counterweight.weights.Snapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The sampler's use of events from offset 0 on, its records kept in memory. */
public final class BrokerlessSampler implements AutoCloseable {
  private static final Instant NOW = Instant.parse("2000-01-01T00:00:00Z");

  private final Records records = new Records();
  private final TransactionalWriter writer;
  private final BatchOutput output;
  private final EventSampler sampler;
  private final Map<Integer, OpenSpan> spans = new HashMap<>();
  private final String batches;
  private final Consumer<ProducerRecord<byte[], byte[]>> listener;
  private long snapshots;

  /**
   * @param first the snapshot to begin with
   */
  public BrokerlessSampler(JobConfig config, Snapshot first) {
    this(config, first, 1, WriterSchemas.NONE, record -> {});
  }

  /**
   * @param partitions of the events
   * @param schemas that a registry knows
   * @param listener hears of every record written, dead letters too
   */
  public BrokerlessSampler(
      JobConfig config,
      Snapshot first,
      int partitions,
      WriterSchemas schemas,
      Consumer<ProducerRecord<byte[], byte[]>> listener) {
    this.batches = config.topics().batches();
    this.listener = listener;
    Ticker stopped = new Ticker(() -> 0);
    writer =
        new TransactionalWriter(
            () -> records,
            "sampler",
            "unused",
            stopped,
            new Retry(() -> false),
            "brokerless-sampler");
    writer.start();
    SamplerMeters metrics =
        new SamplerMeters(
            new SimpleMeterRegistry(), config.job(), config.events().schema().classes(), () -> NOW);
    output =
        new BatchOutput(
            config.topics(),
            writer,
            config.events(),
            Integer.MAX_VALUE,
            new ByteRate(0),
            metrics,
            stopped);
    BatchLog none = new BatchLog(new KafkaClients(config.kafka()), config.topics(), stopped);
    sampler =
        new EventSampler(
            config,
            new SnapshotRecord(first, snapshots++, 0),
            output,
            none,
            null,
            schemas,
            metrics);
    for (int p = 0; p < partitions; p++) {
      spans.put(p, sampler.builder().open(p, 0, null));
    }
  }

  /** Uses the next events with another snapshot. */
  public void follow(Snapshot next) {
    sampler.follow(new SnapshotRecord(next, snapshots++, 0));
  }

  /** Uses events; the batch records that this filled. */
  public List<MiniBatch> use(List<ConsumerRecord<byte[], byte[]>> events) {
    for (ConsumerRecord<byte[], byte[]> event : events) {
      OpenSpan span = Objects.requireNonNull(spans.get(event.partition()));
      sampler.use(span, List.of(event), NOW.toEpochMilli());
    }
    return written();
  }

  /** Cuts the last record, as at the end of the events. */
  public List<MiniBatch> finish() {
    sampler.cut();
    return written();
  }

  @Override
  public void close() {
    writer.close();
  }

  private List<MiniBatch> written() {
    output.await();
    List<MiniBatch> filled = new ArrayList<>();
    for (var record = records.written.poll(); record != null; record = records.written.poll()) {
      listener.accept(record);
      if (record.topic().equals(batches)) {
        filled.add(MiniBatchFormat.read(record.value()));
      }
    }
    return filled;
  }

  private static final class Records extends MockProducer<byte[], byte[]> {
    final Queue<ProducerRecord<byte[], byte[]>> written = new ConcurrentLinkedQueue<>();

    Records() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
      written.add(record);
      return java.util.concurrent.CompletableFuture.completedFuture(null);
    }
  }
}
