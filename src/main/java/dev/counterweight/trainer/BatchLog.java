package dev.counterweight.trainer;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The batch records of a job, in order, from a given offset. What retention deleted before it was
 * read is never skipped silently: {@code events.lost} decides. Not thread-safe.
 */
final class BatchLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(BatchLog.class);

  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private final EventsConfig.Lost lost;
  private final Queue<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();

  BatchLog(KafkaClients clients, JobTopics topics, EventsConfig.Lost lost) {
    this.partition = new TopicPartition(topics.batches(), 0);
    this.lost = lost;
    this.consumer =
        clients.consumer(
            topics.groupOf("trainer") + ".batches",
            Map.of(
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                64,
                ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG,
                4 << 20));
    consumer.assign(List.of(partition));
  }

  /**
   * Goes to the first record there ever was.
   *
   * @throws FailureException if it was deleted and {@code events.lost} is {@code fail}
   */
  void seekToStart() {
    fetched.clear();
    consumer.seek(partition, surviving(0));
  }

  /**
   * Goes to an offset.
   *
   * @throws FailureException if records from there on were deleted and {@code events.lost} is
   *     {@code fail}, or if the log ends before it
   */
  void seek(long offset) {
    fetched.clear();
    long end = end();
    if (offset > end) {
      throw new FailureException(
          "topic '%s' ends at offset %d, before offset %d where the newest checkpoint stands: "
                  .formatted(partition.topic(), end, offset)
              + "it was deleted and created again; start a new job");
    }
    consumer.seek(partition, surviving(offset));
  }

  /** The next record, or null if none came in time. */
  @Nullable ConsumerRecord<byte[], byte[]> next(Duration timeout) {
    if (fetched.isEmpty()) {
      try {
        fetched.addAll(consumer.poll(timeout).records(partition));
      } catch (OffsetOutOfRangeException e) {
        LOG.debug("retention overtook the trainer, or the topic was created anew", e);
        seek(consumer.position(partition));
      }
    }
    return fetched.poll();
  }

  /** Every record below this offset was returned by {@link #next}. */
  long position() {
    ConsumerRecord<byte[], byte[]> waiting = fetched.peek();
    return waiting == null ? consumer.position(partition) : waiting.offset();
  }

  /** Records that stand in the log and were not returned yet, as far as is known. */
  long lag() {
    return fetched.size() + consumer.currentLag(partition).orElse(0);
  }

  /** Whether every record that there is was returned by {@link #next}; asks the broker. */
  boolean exhausted() {
    return fetched.isEmpty() && consumer.position(partition) >= end();
  }

  /** Ends a wait for the broker, with a WakeupException; may be called by any thread. */
  void wakeup() {
    consumer.wakeup();
  }

  @Override
  public void close() {
    consumer.close();
  }

  private long end() {
    return consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
  }

  private long start() {
    return consumer.beginningOffsets(List.of(partition)).getOrDefault(partition, 0L);
  }

  private long surviving(long offset) {
    long start = start();
    if (offset >= start) {
      return offset;
    }
    String what =
        "batch records %d to %d of topic '%s' were deleted before they were trained on"
            .formatted(offset, start - 1, partition.topic());
    if (lost == EventsConfig.Lost.FAIL) {
      throw new FailureException(
          what + "; set events.lost=continue to go on without them, and a longer retention");
    }
    LOG.warn("{}: going on without them, as events.lost=continue says", what);
    return start;
  }
}
