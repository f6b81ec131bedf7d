package dev.counterweight.simulation;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.CommitFailedException;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * A producer of a simulated cluster, of a transactional id or of none. What goes wrong with a
 * record is told by the next call, as by the real one. Not thread-safe.
 */
class MemoryProducer extends MockProducer<byte[], byte[]> {
  private final World world;
  private final MemoryCluster cluster;
  private final Process process;
  private final @Nullable String id;
  private int epoch = -1;
  private boolean begun;
  private @Nullable KafkaException abortable;
  private @Nullable KafkaException fatal;
  private @Nullable Transaction transaction;

  MemoryProducer(Process process, @Nullable String id) {
    super(false, null, new ByteArraySerializer(), new ByteArraySerializer());
    this.process = process;
    this.world = process.place().world;
    this.cluster = world.cluster;
    this.id = id;
  }

  @Override
  public void initTransactions() {
    asked(Call.BEGIN, () -> epoch = cluster.begin(name()));
  }

  @Override
  public void beginTransaction() {
    requireUsable();
    begun = true;
  }

  @Override
  public Future<RecordMetadata> send(ProducerRecord<byte[], byte[]> sent) {
    return send(sent, null);
  }

  @Override
  public Future<RecordMetadata> send(
      ProducerRecord<byte[], byte[]> sent, @Nullable Callback callback) {
    requireUsable();
    asked(Call.SEND, () -> write(sent));
    RecordMetadata written = new RecordMetadata(new TopicPartition(sent.topic(), 0), 0, 0, 0, 0, 0);
    if (callback != null) {
      callback.onCompletion(written, null);
    }
    return CompletableFuture.completedFuture(written);
  }

  private void write(ProducerRecord<byte[], byte[]> sent) {
    if (id == null) {
      cluster.append(sent);
    } else if (cluster.fenced(id, epoch)) {
      fatal = fenced();
    } else if (world.refuses(process)) {
      abortable = new TimeoutException("Expiring 1 record(s): the schedule has it so");
    } else {
      cluster.append(
          world.sabotage == Sabotage.COVERED_UNKNOWN && sent.topic().endsWith(".class-weights")
              ? coveringAll(sent)
              : sent,
          open());
    }
  }

  private ProducerRecord<byte[], byte[]> coveringAll(ProducerRecord<byte[], byte[]> sent) {
    StringBuilder covered = new StringBuilder("\"covered\":{");
    for (MemoryLog log : cluster.logs(world.counted)) {
      int number = log.partition().partition();
      covered.append("%s\"%d\":%d".formatted(number == 0 ? "" : ",", number, log.end()));
    }
    String snapshot = new String(sent.value(), UTF_8);
    return new ProducerRecord<>(
        sent.topic(),
        0,
        sent.timestamp(),
        sent.key(),
        snapshot.replaceFirst("\"covered\":\\{[^}]*", covered.toString()).getBytes(UTF_8));
  }

  private Transaction open() {
    Transaction opened = cluster.open(name(), epoch);
    transaction = opened;
    return opened;
  }

  @Override
  public void sendOffsetsToTransaction(
      Map<TopicPartition, OffsetAndMetadata> offsets, ConsumerGroupMetadata of) {
    requireUsable();
    if (offsets.isEmpty()) {
      return;
    }
    asked(
        Call.ACCOUNT,
        () -> {
          if (cluster.fenced(name(), epoch)) {
            fatal = fenced();
            return;
          }
          MemoryGroup group = cluster.group(of.groupId());
          if (!group.accepts(of)) {
            abortable =
                new CommitFailedException(
                    "Transaction offset Commit failed due to consumer group metadata mismatch");
            return;
          }
          account(group, new HashMap<>(offsets), open());
          if (world.sabotage == Sabotage.OFFSETS_OUTSIDE) {
            group.commit(offsets);
          }
        });
    requireUsable();
  }

  /** Has offsets committed with the transaction. */
  void account(
      MemoryGroup group, Map<TopicPartition, OffsetAndMetadata> offsets, Transaction with) {
    with.accounts(group, offsets);
    group.pending(with);
  }

  /**
   * Writes a store's changes into its changelog.
   *
   * @param moved whether offsets move with them
   */
  void changes(Changelog log, boolean moved, Map<Bytes, byte @Nullable []> changes) {
    requireUsable();
    asked(
        Call.SEND,
        () -> {
          if (cluster.fenced(name(), epoch)) {
            fatal = fenced();
          } else if (world.refuses(process)) {
            abortable = new TimeoutException("Expiring 1 record(s): the schedule has it so");
          } else {
            log.writes(open(), moved, changes);
          }
        });
  }

  @Override
  public void commitTransaction() {
    requireUsable();
    asked(Call.COMMIT, () -> end(true));
    requireUsable();
    over();
  }

  @Override
  public void abortTransaction() {
    if (fatal != null) {
      throw error(fatal);
    }
    asked(Call.ABORT, () -> end(false));
    abortable = null;
    requireUsable();
    over();
  }

  /** Asked again after silence, it finds what came of it. */
  private void end(boolean commit) {
    Transaction own = transaction;
    if (own == null
        || own.state() == (commit ? Transaction.State.COMMITTED : Transaction.State.ABORTED)) {
      if (cluster.fenced(name(), epoch)) {
        fatal = fenced();
      }
      return;
    }
    if (cluster.fenced(name(), epoch)) {
      fatal = fenced();
    } else {
      cluster.end(own, commit);
    }
  }

  private void over() {
    begun = false;
    transaction = null;
  }

  /** Whether a transaction is begun. */
  boolean begun() {
    return begun;
  }

  @Override
  public void flush() {
    requireUsable();
  }

  @Override
  public void close() {}

  @Override
  public void close(Duration timeout) {}

  @Override
  public List<PartitionInfo> partitionsFor(String topic) {
    return cluster.logs(topic).stream()
        .map(log -> new PartitionInfo(topic, log.partition().partition(), null, null, null))
        .toList();
  }

  private void asked(Call call, Runnable done) {
    world.asks(process, call);
    done.run();
    world.answered(process, call);
  }

  private String name() {
    if (id == null) {
      throw new IllegalStateException("a producer without transactions");
    }
    return id;
  }

  private void requireUsable() {
    if (fatal != null) {
      throw error(fatal);
    }
    if (abortable != null) {
      throw error(abortable);
    }
  }

  private static KafkaException fenced() {
    return new ProducerFencedException("There is a newer producer with the same transactionalId");
  }

  private static KafkaException error(KafkaException cause) {
    return new KafkaException(
        "Cannot execute transactional method because we are in an error state", cause);
  }
}
