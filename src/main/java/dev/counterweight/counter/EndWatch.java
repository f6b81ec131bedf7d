package dev.counterweight.counter;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
import dev.counterweight.streams.RecordsDeletedException;
import dev.counterweight.weights.Snapshot;
import java.time.Duration;
import java.util.Map;
import java.util.SortedMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;

/**
 * Tells by the snapshots of one start of the topology when everything up to the end marks is
 * covered. A partition's end may be an offset that no record has (transaction markers, aborted
 * records), so where {@code covered} stands below it, a reader looks whether a record lies between,
 * as often as is worth it. Not thread-safe.
 */
final class EndWatch implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration ASK = Duration.ofSeconds(1);

  /** Deleted offsets are reported once what is covered has stood still for this long. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final SortedMap<Integer, Long> end;
  private final long versionBefore;
  private long lookedAt = -1;
  private long askedNs = System.nanoTime();
  private Map<Integer, Long> covered = Map.of();
  private long coveredSinceNs;

  /**
   * @param topic of events
   * @param end {partition: offset to stop at}; empty if there is no end
   * @param versionBefore of the newest snapshot before the start: an earlier run's tells nothing
   */
  EndWatch(
      KafkaClients clients,
      String clientId,
      String topic,
      SortedMap<Integer, Long> end,
      long versionBefore) {
    this.consumer = clients.consumer(clientId, Map.of("max.poll.records", 1));
    this.topic = topic;
    this.end = end;
    this.versionBefore = versionBefore;
  }

  /** Whether a snapshot was published after the start. */
  boolean isNew(Snapshot snapshot) {
    return snapshot.version() > versionBefore;
  }

  /**
   * Whether everything up to the end is covered; false for ever where there is no end.
   *
   * @throws RecordsDeletedException if what is still to be covered is not there any more
   */
  boolean done(Snapshot snapshot) {
    if (end.isEmpty() || !isNew(snapshot)) {
      return false;
    }
    if (!snapshot.offsets().covered().equals(covered)) {
      covered = snapshot.offsets().covered();
      coveredSinceNs = System.nanoTime();
    }
    // Asked when a snapshot has stood for a look, since more come until the end is near, and
    // now and then all the same: events beyond the end may keep snapshots coming for ever.
    boolean still = snapshot.version() == lookedAt;
    lookedAt = snapshot.version();
    return (still || since(askedNs, ASK)) && reached(snapshot.offsets());
  }

  private boolean reached(Snapshot.Offsets offsets) {
    askedNs = System.nanoTime();
    if (!offsets.end().equals(end)) {
      return false; // an earlier run's: nobody who follows would know where to stop
    }
    try {
      return end.entrySet().stream()
          .allMatch(
              mark -> {
                Long next = offsets.covered().get(mark.getKey());
                return next != null
                    && (next >= mark.getValue() || empty(mark.getKey(), next, mark.getValue()));
              });
    } catch (RecordsDeletedException e) {
      if (since(coveredSinceNs, TIMEOUT)) {
        throw e; // whether it was counted only the partition's task can tell
      }
      return false;
    } catch (TimeoutException e) {
      return false; // not told yet, or a broker is away: asked again at the next look
    }
  }

  /** Whether no record lies between two offsets. */
  private boolean empty(int partitionNumber, long from, long to) {
    TopicPartition partition = new TopicPartition(topic, partitionNumber);
    TopicTail<Long> events = new TopicTail<>(consumer, partition, ConsumerRecord::offset, LOOK);
    try {
      events.seek(from);
      return events.nextBelow(to).isEmpty();
    } catch (OffsetOutOfRangeException e) {
      throw new RecordsDeletedException(partition, from);
    }
  }

  private static boolean since(long ns, Duration time) {
    return System.nanoTime() - ns >= time.toNanos();
  }

  @Override
  public void close() {
    consumer.close();
  }
}
