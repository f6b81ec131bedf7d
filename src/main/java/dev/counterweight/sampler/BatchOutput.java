package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.batch.MiniBatchRules;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventSchema;
import dev.counterweight.kafka.Ticker;
import dev.counterweight.kafka.TransactionalWriter;
import dev.counterweight.letters.ByteRate;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.sampling.BatchBuilder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
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
  private final JobTopics topics;
  private final TransactionalWriter writer;
  private final DeadLetters letters;
  private final Rejections rejections;
  private final SamplerMeters metrics;
  private final Ticker ticker;
  private long snapshotOffset;
  private final MiniBatchRules rules;
  private final int columns;
  private Tally waiting = new Tally(); // dead letters that no record covers yet
  private Tally open = new Tally();
  private DeadLetters.Mark lettersCommitted;
  private long commits;
  private volatile long draws;
  private volatile long deadLetters;
  private volatile SortedMap<String, Long> passedOver = new TreeMap<>();

  /**
   * @param events of which the records are
   * @param letterBytes most bytes that the dead-letter topic takes at a time
   * @param letterRate at which dead letters may be written
   */
  BatchOutput(
      JobTopics topics,
      TransactionalWriter writer,
      EventsConfig events,
      int letterBytes,
      ByteRate letterRate,
      SamplerMeters metrics,
      Ticker ticker) {
    this.topics = topics;
    this.writer = writer;
    EventSchema schema = events.schema();
    this.rules = new MiniBatchRules(schema.features(), schema.classCount(), events.recentLabels());
    this.columns = schema.columnCount();
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

  /**
   * Takes in an event that is not used; it goes out with the next record written.
   *
   * @param counted whether it was refused for more than its label, time and importance
   */
  void reject(
      ConsumerRecord<byte[], byte[]> event, EventRejectedException rejected, boolean counted) {
    letters.add(event, rejected, counted);
    rejections.add(event, rejected);
    waiting.reject(rejected.reason(), 1);
  }

  /** Takes in a record that is no event to use, and no dead letter either. */
  void passOver(EventRejectedException.Reason reason) {
    waiting.passOver(reason, 1);
  }

  /** Takes note of an event used that came before with another class. */
  void corrected() {
    waiting.corrections++;
  }

  /** Whether so many dead letters wait that a record should be cut. */
  boolean lettersFull() {
    return letters.full();
  }

  /**
   * Writes a record and what waits for it.
   *
   * @param events events that the record covers
   * @throws TransactionalWriter.AbortedException if what was written before cannot be committed
   * @throws dev.counterweight.protocol.InvariantException if the record is not what was promised
   */
  void write(MiniBatch batch, long events) {
    rules.requirePromises(batch);
    long bytes = letters.waitingBytes() + bytes(batch);
    int letter = letters.waiting();
    List<ProducerRecord<byte[], byte[]>> before = letters.drain(ticker.millis());
    takeWaiting(letter - before.size());
    Map<TopicPartition, OffsetAndMetadata> offsets = offsets(batch);
    writer.write(
        bytes,
        to -> {
          before.forEach(to::send);
          byte[] record = MiniBatchFormat.write(batch, columns);
          to.send(new ProducerRecord<>(topics.batches(), 0, null, record));
          offsets.forEach(to::account);
          metrics.size(record.length);
        });
    open.add(batch, events);
    metrics.written(batch);
  }

  private void takeWaiting(long omitted) {
    waiting.letters.forEach(open::reject);
    waiting.passedOver.forEach(open::passOver);
    open.omitted += omitted;
    open.corrections += waiting.corrections;
    waiting = new Tally();
  }

  /** About what a record takes. */
  private long bytes(MiniBatch batch) {
    return BatchBuilder.rowBytes(columns)
            * (batch.draws().rows() + (long) batch.evaluation().rows())
        + batch.recent().bytes();
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

  /** See {@link TransactionalWriter#full}. */
  boolean full() {
    return writer.full();
  }

  /**
   * Begins to commit what was written if it has waited for {@code intervalMs}, or is as much as a
   * transaction takes; what waits for the open record goes on waiting.
   *
   * @throws TransactionalWriter.AbortedException if what was written cannot be committed
   */
  void commitIfDue(long nowMs, long intervalMs, Supplier<ConsumerGroupMetadata> group) {
    if (writer.due(nowMs, intervalMs) || writer.full()) {
      commit(group.get());
    }
  }

  /**
   * Commits what was written, and waits until it is.
   *
   * @throws TransactionalWriter.AbortedException if it did not come to pass
   */
  void commitAll(ConsumerGroupMetadata group) {
    commit(group);
    await();
  }

  private void commit(ConsumerGroupMetadata group) {
    Tally tally = open;
    DeadLetters.Mark mark = letters.mark();
    writer.commit(group, () -> committed(tally, mark));
    open = new Tally();
  }

  /** Waits until what was written is. */
  void await() {
    writer.await();
  }

  private void committed(Tally tally, DeadLetters.Mark mark) {
    lettersCommitted = mark;
    draws = draws + tally.fresh + tally.replays;
    deadLetters = deadLetters + tally.deadLetters();
    if (!tally.passedOver.isEmpty()) {
      SortedMap<String, Long> sum = new TreeMap<>(passedOver);
      tally.passedOver.forEach((reason, count) -> sum.merge(reason.text(), count, Long::sum));
      passedOver = sum;
    }
    commits++;
    metrics.committed(tally);
    rejections.committed(tally, ticker.millis());
  }

  /** Drops what was written and not committed. */
  void abort() {
    waiting = new Tally();
    open = new Tally();
    metrics.aborted();
    writer.abort();
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

  /** Records passed over, committed as such, by the reason's name. */
  Map<String, Long> passedOverByReason() {
    return passedOver;
  }

  /** Tells in the log what was rejected in all, once nothing more is. */
  void tellRejections() {
    rejections.end();
  }
}
