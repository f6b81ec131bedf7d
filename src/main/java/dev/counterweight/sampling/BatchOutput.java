package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.JobTopics;
import dev.counterweight.event.EventRejectedException;
import java.time.InstantSource;
import org.apache.kafka.clients.consumer.ConsumerGroupMetadata;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Where batch records go: into the batch log, behind the dead letters of the events they cover,
 * with the offsets they account for. Counts what was committed. One thread writes; the totals may
 * be read by any.
 */
final class BatchOutput {
  // What waits in memory, and what a producer asks for at once, stay small.
  private static final int MOST_LETTER_BYTES = 900 << 10;

  private final JobTopics topics;
  private final BatchWriter writer;
  private final DeadLetters letters;
  private final SamplerMetrics metrics;
  private final InstantSource clock;
  private long snapshotOffset;
  private long openDraws;
  private long openLetters;
  private volatile long draws;
  private volatile long deadLetters;

  /**
   * @param letterBytes most bytes that the dead-letter topic takes at a time
   */
  BatchOutput(
      JobTopics topics,
      BatchWriter writer,
      int letterBytes,
      SamplerMetrics metrics,
      InstantSource clock) {
    this.topics = topics;
    this.writer = writer;
    this.letters = new DeadLetters(topics.deadLetters(), Math.min(letterBytes, MOST_LETTER_BYTES));
    this.metrics = metrics;
    this.clock = clock;
  }

  /** From now on the snapshot in use is the one at this offset of the class-weights topic. */
  void following(long offset) {
    snapshotOffset = offset;
  }

  /** Takes in an event that is not used; it goes out with the next record written. */
  void reject(ConsumerRecord<byte[], byte[]> event, EventRejectedException rejected) {
    letters.add(event, rejected);
    metrics.rejected(DeadLetters.reason(rejected));
    openLetters++;
  }

  /** Whether so many dead letters wait that a record should be cut. */
  boolean lettersFull() {
    return letters.full();
  }

  /** Writes a record and what waits for it. */
  void write(MiniBatch batch) {
    long nowMs = clock.millis();
    letters.drainTo(letter -> writer.send(letter, nowMs));
    byte[] bytes = MiniBatchFormat.write(batch);
    writer.send(new ProducerRecord<>(topics.batches(), 0, null, bytes), nowMs);
    batch
        .origin()
        .spans()
        .forEach(
            (partition, span) ->
                writer.account(
                    new TopicPartition(topics.events(), partition),
                    StartPositions.committed(span.to(), snapshotOffset)));
    openDraws += batch.draws().rows();
    metrics.written(batch, bytes.length);
  }

  /** Whether what was written has waited for {@code intervalMs}. */
  boolean due(long nowMs, long intervalMs) {
    return writer.due(nowMs, intervalMs);
  }

  /** Commits what was written; what waits for the open record goes on waiting. */
  void commit(ConsumerGroupMetadata group) {
    if (writer.commit(group)) {
      metrics.committed();
    }
    draws = draws + openDraws;
    openDraws = 0;
    deadLetters = deadLetters + openLetters - letters.waiting();
    openLetters = letters.waiting();
  }

  /** Drops what was written and not committed. */
  void abort() {
    letters.clear();
    openDraws = 0;
    openLetters = 0;
    metrics.aborted();
    writer.abort();
  }

  /** Draws committed. */
  long draws() {
    return draws;
  }

  /** Dead letters committed. */
  long deadLetters() {
    return deadLetters;
  }
}
