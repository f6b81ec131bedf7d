package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.sampling.OpenRecord;
import dev.counterweight.sampling.Tally;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where batch records go: into the batch log, behind the dead letters of the events they cover,
 * with the offsets they account for. They are written by another thread in the order in which they
 * come. Counts what was committed. One thread uses it; the totals may be read by any.
 */
final class BatchOutput {
  private static final Logger LOG = LoggerFactory.getLogger(BatchOutput.class);

  // What waits in memory, and what a producer asks for at once, stay small.
  private static final int MAX_LETTER_BYTES = 900 << 10;
  // A transaction ends well within its time at the broker, however large its records are.
  private static final long MAX_OPEN_BYTES = 16 << 20;
  private static final long NOT_OPEN = -1;

  /** What a commit under way makes count. */
  private record Committing(Tally tally, DeadLetters.Mark letters, AtomicBoolean done) {}

  private final JobTopics topics;
  private final WriterThread writer;
  private final DeadLetters letters;
  private final Rejections rejections;
  private final SamplerMeters metrics;
  private final Ticker ticker;
  private long snapshotOffset;
  private final int features;
  private Tally waiting = new Tally(); // dead letters that no record covers yet
  private Tally open = new Tally();
  private long openBytes;
  private long openSinceMs = NOT_OPEN;
  private @Nullable Committing committing;
  private DeadLetters.Mark lettersCommitted;
  private long commits;
  private volatile long draws;
  private volatile long deadLetters;

  /**
   * @param features F
   * @param letterBytes most bytes that the dead-letter topic takes at a time
   * @param letterRate at which dead letters may be written
   */
  BatchOutput(
      JobTopics topics,
      WriterThread writer,
      int features,
      int letterBytes,
      ByteRate letterRate,
      SamplerMeters metrics,
      Ticker ticker) {
    this.topics = topics;
    this.writer = writer;
    this.features = features;
    this.letters =
        new DeadLetters(topics.deadLetters(), Math.min(letterBytes, MAX_LETTER_BYTES), letterRate);
    this.lettersCommitted = letters.mark();
    this.rejections = new Rejections(topics.deadLetters(), LOG::warn);
    this.metrics = metrics;
    this.ticker = ticker;
  }

  /** From now on the snapshot in use is the one at this offset of the class-weights topic. */
  void following(long offset) {
    snapshotOffset = offset;
  }

  /** Takes in an event that is not used; it goes out with the next record written. */
  void reject(ConsumerRecord<byte[], byte[]> event, EventRejectedException rejected) {
    letters.add(event, rejected);
    rejections.add(event, rejected);
    waiting.reject(rejected.reason());
  }

  /** Takes in a record without a value. */
  void passOver() {
    waiting.passOver();
  }

  /** Whether so many dead letters wait that a record should be cut. */
  boolean lettersFull() {
    return letters.full();
  }

  /**
   * Writes a record and what waits for it.
   *
   * @param events events that the record covers
   * @throws BatchWriter.AbortedException if what was written before cannot be committed
   */
  void write(MiniBatch batch, long events) {
    if (openSinceMs == NOT_OPEN) {
      openSinceMs = ticker.millis();
    }
    openBytes += letters.waitingBytes() + bytes(batch);
    open.addLetters(waiting);
    waiting = new Tally();
    int letter = letters.waiting();
    List<ProducerRecord<byte[], byte[]>> before = letters.drain(ticker.millis());
    open.omit(letter - before.size());
    Map<TopicPartition, OffsetAndMetadata> offsets = offsets(batch);
    writer.submit(
        to -> {
          before.forEach(to::send);
          byte[] bytes = MiniBatchFormat.write(batch, features);
          to.send(new ProducerRecord<>(topics.batches(), 0, null, bytes));
          offsets.forEach(to::account);
          metrics.size(bytes.length);
        });
    open.add(batch, events);
    metrics.written(batch);
  }

  /** About what a record takes. */
  private long bytes(MiniBatch batch) {
    return OpenRecord.rowBytes(features)
        * (batch.draws().rows() + (long) batch.evaluation().rows());
  }

  /** Whether so much was written since the last commit that it should be committed. */
  boolean full() {
    return openBytes >= MAX_OPEN_BYTES;
  }

  private Map<TopicPartition, OffsetAndMetadata> offsets(MiniBatch batch) {
    Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
    batch
        .origin()
        .spans()
        .forEach(
            (partition, span) ->
                offsets.put(
                    new TopicPartition(topics.events(), partition),
                    StartPositions.committed(span.to(), snapshotOffset)));
    return offsets;
  }

  /**
   * Whether what was written has waited for {@code intervalMs}, and no commit is under way.
   *
   * @throws BatchWriter.AbortedException if what was written cannot be committed
   */
  boolean due(long nowMs, long intervalMs) {
    writer.check();
    settle();
    return committing == null && openSinceMs != NOT_OPEN && nowMs - openSinceMs >= intervalMs;
  }

  /**
   * Begins to commit what was written; what waits for the open record goes on waiting.
   *
   * @throws BatchWriter.AbortedException if what was written before cannot be committed
   */
  void commit(ConsumerGroupMetadata group) {
    if (committing != null) {
      await();
    }
    if (openSinceMs == NOT_OPEN) {
      return;
    }
    Committing begun = new Committing(open, letters.mark(), new AtomicBoolean());
    writer.submit(
        to -> {
          to.commit(group);
          begun.done().set(true);
        });
    committing = begun;
    clearOpen();
  }

  private void clearOpen() {
    openSinceMs = NOT_OPEN;
    open = new Tally();
    openBytes = 0;
  }

  /**
   * Waits until what is being committed is.
   *
   * @throws BatchWriter.AbortedException if it did not come to pass
   */
  void await() {
    writer.run(to -> {});
    settle();
  }

  /** Takes in that a commit came to pass. */
  private void settle() {
    Committing begun = committing;
    if (begun != null && begun.done().get()) {
      committing = null;
      lettersCommitted = begun.letters();
      Tally tally = begun.tally();
      draws = draws + tally.draws();
      deadLetters = deadLetters + tally.deadLetters();
      commits++;
      metrics.committed(tally);
      rejections.committed(tally, ticker.millis());
    }
  }

  /** Drops what was written and not committed. */
  void abort() {
    waiting = new Tally();
    clearOpen();
    metrics.aborted();
    writer.abort();
    settle();
    committing = null;
    letters.backTo(lettersCommitted);
  }

  /** Transactions committed. */
  long commits() {
    return commits;
  }

  /** Draws committed. */
  long draws() {
    return draws;
  }

  /** Events rejected, committed as such; their dead letters are written but for a flood's. */
  long deadLetters() {
    return deadLetters;
  }

  /** The same by reason. */
  Map<String, Long> deadLettersByReason() {
    return rejections.all();
  }

  /** Tells in the log what was rejected in all, once nothing more is. */
  void tellRejections() {
    rejections.end();
  }
}
