package dev.counterweight.sampler;

import dev.counterweight.event.Schema;
import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.JobTopics;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.SnapshotJson;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;

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

  private final TopicTail<SnapshotRecord> log;

  /**
   * Starts at the oldest snapshot kept; the topic must exist.
   *
   * @param own the schema that snapshots are read under, some of which may be from before classes
   *     were added
   */
  SnapshotFollower(KafkaClients clients, JobTopics topics, Schema own) {
    this(
        clients.consumer(
            topics.groupOf("sampler") + ".follower",
            Map.of(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, READ_AHEAD)),
        topics,
        own);
  }

  /** Reads with a consumer, which belongs to the follower from now on. */
  SnapshotFollower(Consumer<byte[], byte[]> consumer, JobTopics topics, Schema own) {
    this.log =
        new TopicTail<>(
            consumer,
            topics.classWeights(),
            found ->
                new SnapshotRecord(
                    SnapshotJson.read(found.value()).readUnder(own),
                    found.offset(),
                    found.timestamp()));
    try {
      seek(0);
    } catch (KafkaException e) {
      log.close();
      throw e;
    }
  }

  /** Goes to the first snapshot kept at or after an offset. */
  void seek(long offset) {
    log.seekKept(offset);
  }

  /**
   * The next snapshot, or empty if there is none within {@code wait}.
   *
   * @throws FailureException if what stands there is not a snapshot
   */
  Optional<SnapshotRecord> next(Duration wait) {
    try {
      return log.next(wait);
    } catch (OffsetOutOfRangeException e) {
      seek(0);
      return Optional.empty();
    }
  }

  /** The newest snapshot, read beside those that come next; empty if there is none. */
  Optional<SnapshotRecord> newest() {
    return before(log.end());
  }

  /** The newest snapshot below an offset, read beside those that come next; empty if none is. */
  Optional<SnapshotRecord> before(long end) {
    return log.newestBelow(end);
  }

  @Override
  public void close() {
    log.close();
  }
}
