package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.batch.MiniBatchFormat;
import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.tensor.MalformedTensorsException;
import java.time.Duration;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The batch records of a job, in order, from a given offset. What retention deleted before it was
 * read is never skipped silently: {@code events.lost} decides. Not thread-safe.
 */
final class BatchLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchLog.class);

  private final TopicTail<Batch> log;
  private final String topic;
  private final EventsConfig.Lost lost;

  BatchLog(KafkaClients clients, JobTopics topics, EventsConfig.Lost lost) {
    this.topic = topics.batches();
    this.lost = lost;
    this.log =
        new TopicTail<>(
            clients.consumer(
                topics.groupOf("trainer") + ".batches",
                Map.of(
                    ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                    64,
                    ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                    4 << 20)),
            topic,
            BatchLog::decoded);
  }

  /**
   * A record of the log, decoded.
   *
   * @param offset its place in the log
   * @param bytes its size in the log
   */
  record Batch(long offset, MiniBatch batch, int bytes) {}

  /**
   * Goes to the first record there ever was.
   *
   * @throws FailureException if it was deleted and {@code events.lost} is {@code fail}
   */
  void seekToStart() {
    log.seek(surviving(0));
  }

  /**
   * Goes to an offset.
   *
   * @throws FailureException if records from there on were deleted and {@code events.lost} is
   *     {@code fail}, or if the log ends before it
   */
  void seek(long offset) {
    long end = log.end();
    if (offset > end) {
      throw new FailureException(
          "topic '%s' ends at offset %d, before offset %d where the newest checkpoint stands: "
                  .formatted(topic, end, offset)
              + "it was deleted and created again; start a new job");
    }
    log.seek(surviving(offset));
  }

  /**
   * The next record, or null if none came in time.
   *
   * @throws FailureException if it is not a batch record, or as {@link #seek}
   */
  @Nullable Batch next(Duration timeout) {
    try {
      return log.next(timeout).orElse(null);
    } catch (OffsetOutOfRangeException e) {
      LOG.debug("retention overtook the trainer, or the topic was created anew", e);
      seek(log.position());
      return null;
    }
  }

  /** Every record below this offset was returned by {@link #next}. */
  long position() {
    return log.position();
  }

  /** Records that stand in the log and were not returned yet, as far as is known. */
  long lag() {
    return log.lag();
  }

  /** Whether every record that there is was returned by {@link #next}; asks the broker. */
  boolean exhausted() {
    return log.position() >= log.end();
  }

  /** Ends a wait for the broker, with a WakeupException; may be called by any thread. */
  void wakeup() {
    log.wakeup();
  }

  @Override
  public void close() {
    log.close();
  }

  private static Batch decoded(ConsumerRecord<byte[], byte[]> rec) {
    try {
      return new Batch(rec.offset(), MiniBatchFormat.read(rec.value()), rec.value().length);
    } catch (MalformedTensorsException | IllegalArgumentException e) {
      throw new FailureException(
          "offset %d of topic '%s': %s".formatted(rec.offset(), rec.topic(), e.getMessage()), e);
    }
  }

  private long surviving(long offset) {
    long start = log.first();
    if (offset >= start) {
      return offset;
    }
    String what =
        "batch records %d to %d of topic '%s' were deleted before they were trained on"
            .formatted(offset, start - 1, topic);
    if (lost == EventsConfig.Lost.FAIL) {
      throw new FailureException(
          what + "; set events.lost=continue to go on without them, and a longer retention");
    }
    LOG.warn("{}: going on without them, as events.lost=continue says", what);
    return start;
  }
}
