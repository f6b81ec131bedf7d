package dev.counterweight.sampler;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Reads the counter's snapshots in order, one at a time; at most {@value #READ_AHEAD} are read
 * ahead. Not thread-safe.
 */
final class SnapshotFollower implements AutoCloseable {

  /**
   * A snapshot in its log.
   *
   * @param offset where it stands in the class-weights topic
   * @param publishedMs when the broker took it
   */
  record SnapshotRecord(Snapshot weights, long offset, long publishedMs) {}

  private static final int READ_AHEAD = 100;
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition log;
  private final Queue<SnapshotRecord> ahead = new ArrayDeque<>();

  /** Starts at the oldest snapshot kept; the topic must exist. */
  SnapshotFollower(KafkaClients clients, JobTopics topics) {
    this(
        clients.consumer(
            topics.groupOf("sampler") + ".follower",
            Map.of(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, READ_AHEAD)),
        topics);
  }

  /** Reads with a consumer, which belongs to the follower from now on. */
  SnapshotFollower(Consumer<byte[], byte[]> consumer, JobTopics topics) {
    this.log = new TopicPartition(topics.classWeights(), 0);
    this.consumer = consumer;
    consumer.assign(List.of(log));
    try {
      seek(0);
    } catch (KafkaException e) {
      consumer.close(CloseOptions.timeout(Duration.ZERO));
      throw e;
    }
  }

  /** Goes to the first snapshot kept at or after an offset. */
  void seek(long offset) {
    ahead.clear();
    long first = Objects.requireNonNull(consumer.beginningOffsets(List.of(log)).get(log));
    long end = Objects.requireNonNull(consumer.endOffsets(List.of(log)).get(log));
    // An offset past the end is of a log that has been deleted since.
    consumer.seek(log, offset > end ? first : Math.max(first, offset));
  }

  /**
   * The next snapshot, or empty if there is none within {@code wait}.
   *
   * @throws FailureException if what stands there is not a snapshot
   */
  Optional<SnapshotRecord> next(Duration wait) {
    if (ahead.isEmpty()) {
      try {
        consumer.poll(wait).forEach(record -> ahead.add(read(record)));
      } catch (OffsetOutOfRangeException e) {
        seek(0);
      }
    }
    return Optional.ofNullable(ahead.poll());
  }

  /** The newest snapshot, read beside those that come next; empty if there is none. */
  Optional<SnapshotRecord> newest() {
    return before(Objects.requireNonNull(consumer.endOffsets(List.of(log)).get(log)));
  }

  /**
   * The newest snapshot below an offset, read beside those that come next; empty if none is kept.
   *
   * @throws TimeoutException if it does not come in time
   */
  Optional<SnapshotRecord> before(long end) {
    long here = consumer.position(log);
    long first = Objects.requireNonNull(consumer.beginningOffsets(List.of(log)).get(log));
    long deadlineNs = System.nanoTime() + TIMEOUT.toNanos();
    Optional<SnapshotRecord> newest = Optional.empty();
    long from = end;
    // The end may be markers and aborted snapshots only: look farther back then.
    for (long back = READ_AHEAD; newest.isEmpty() && from > first; back *= READ_AHEAD) {
      from = Math.max(first, end - back);
      consumer.seek(log, from);
      while (consumer.position(log) < end && System.nanoTime() < deadlineNs) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) {
          newest = record.offset() < end ? Optional.of(read(record)) : newest;
        }
      }
    }
    boolean inTime = System.nanoTime() < deadlineNs;
    consumer.seek(log, here);
    if (!inTime && newest.isEmpty()) {
      throw new TimeoutException(
          "what stands before offset %d of topic '%s' cannot be read within %d s"
              .formatted(end, log.topic(), TIMEOUT.toSeconds()));
    }
    return newest;
  }

  @Override
  public void close() {
    consumer.close();
  }

  private static SnapshotRecord read(ConsumerRecord<byte[], byte[]> record) {
    try {
      return new SnapshotRecord(
          SnapshotJson.read(record.value()), record.offset(), record.timestamp());
    } catch (IllegalArgumentException e) {
      throw new FailureException(
          "topic '%s' offset %d: %s".formatted(record.topic(), record.offset(), e.getMessage()), e);
    }
  }
}
