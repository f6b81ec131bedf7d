package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.Retry;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.sampler.SnapshotFollower.SnapshotRecord;
import dev.counterweight.weights.Snapshot;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The sampler's use of events of one partition, from offset 0 on, its records kept in memory. */
public final class BrokerlessSampler implements AutoCloseable {
  private static final Instant NOW = Instant.parse("2000-01-01T00:00:00Z");

  private final Records records = new Records();
  private final WriterThread writer;
  private final BatchOutput output;
  private final EventSampler sampler;
  private long snapshots;

  /**
   * @param first the snapshot to begin with
   */
  public BrokerlessSampler(JobConfig config, Snapshot first) {
    Ticker stopped = new Ticker(() -> 0);
    writer =
        new WriterThread(
            new BatchWriter(() -> records, "unused", stopped, new Retry(() -> false)),
            "brokerless-sampler");
    writer.run(BatchWriter::start);
    SamplerMeters metrics =
        new SamplerMeters(
            new SimpleMeterRegistry(), config.job(), config.events().schema().classes(), () -> NOW);
    output =
        new BatchOutput(
            config.topics(),
            writer,
            config.events().schema().featureCount(),
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
            new Effort(config.sampler(), null),
            metrics);
    sampler.open(0, 0);
  }

  /** Uses the next events with another snapshot. */
  public void follow(Snapshot next) {
    sampler.follow(new SnapshotRecord(next, snapshots++, 0));
  }

  /** Uses events; the batch records that this filled. */
  public List<MiniBatch> use(List<ConsumerRecord<byte[], byte[]>> events) {
    sampler.use(events, NOW.toEpochMilli());
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
    List<MiniBatch> batches = new ArrayList<>();
    for (byte[] bytes = records.written.poll(); bytes != null; bytes = records.written.poll()) {
      batches.add(MiniBatchFormat.read(bytes));
    }
    return batches;
  }

  private static final class Records extends MockProducer<byte[], byte[]> {
    final Queue<byte[]> written = new ConcurrentLinkedQueue<>();

    Records() {
      super(true, null, new ByteArraySerializer(), new ByteArraySerializer());
    }

    @Override
    public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> record) {
      written.add(record.value());
      return java.util.concurrent.CompletableFuture.completedFuture(null);
    }
  }
}
