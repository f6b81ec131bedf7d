package dev.counterweight.counter;

import dev.counterweight.kafka.KafkaClients;
import dev.counterweight.kafka.TopicTail;
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
 * Tells whether everything up to the end marks is covered. A partition's end may be an offset that
 * no record has (transaction markers, aborted records), so where {@code covered} stands below it, a
 * reader looks whether a record lies between. Not thread-safe.
 */
final class EndProbe implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(500);

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final SortedMap<Integer, Long> end;

  EndProbe(KafkaClients clients, String clientId, String topic, SortedMap<Integer, Long> end) {
    this.consumer = clients.consumer(clientId, Map.of("max.poll.records", 1));
    this.topic = topic;
    this.end = end;
  }

  boolean endless() {
    return end.isEmpty();
  }

  /** Whether the snapshot carries these end marks and no record lies between it and them. */
  boolean reachedBy(Snapshot snapshot) {
    if (!snapshot.offsets().end().equals(end)) {
      return false; // an earlier run's: nobody who follows would know where to stop
    }
    return end.entrySet().stream()
        .allMatch(
            mark -> {
              Long next = snapshot.offsets().covered().get(mark.getKey());
              return next != null
                  && (next >= mark.getValue() || empty(mark.getKey(), next, mark.getValue()));
            });
  }

  /**
   * @throws EventsDeletedException if what lies between was deleted: whether it was counted only
   *     the partition's task can tell
   */
  private boolean empty(int partitionNumber, long from, long to) {
    TopicPartition partition = new TopicPartition(topic, partitionNumber);
    TopicTail<Long> events = new TopicTail<>(consumer, partition, ConsumerRecord::offset, LOOK);
    events.seek(from);
    try {
      return events.nextBelow(to).isEmpty();
    } catch (TimeoutException e) {
      return false; // not told yet: asked again at the next look
    } catch (OffsetOutOfRangeException e) {
      throw new EventsDeletedException(
          "topic '%s', partition %d: offset %d is not there any more"
              .formatted(topic, partitionNumber, from));
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
