package dev.counterweight.sampling;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads events ahead of their use, a bounded number: a partition that has its share of the room is
 * paused until its events are used. Each has the same share, because one waits for the other: what
 * a snapshot covers is used in all of them before the next. Not thread-safe; does not own the
 * consumer.
 */
final class EventReader {
  /** Over all partitions; one poll may exceed it once a partition. */
  static final long MOST_BYTES = 64L << 20;

  private static final int MOST_EVENTS = 4096;
  // A record's objects, beside its value.
  private static final int OVERHEAD_BYTES = 200;

  private final Consumer<byte[], byte[]> consumer;
  private final String topic;
  private final SortedMap<Integer, Ahead> partitions = new TreeMap<>();

  EventReader(Consumer<byte[], byte[]> consumer, String topic) {
    this.consumer = consumer;
    this.topic = topic;
  }

  /** Reads an assigned partition from {@code position} on. */
  void open(int partition, long position) {
    TopicPartition opened = new TopicPartition(topic, partition);
    consumer.seek(opened, position);
    consumer.resume(List.of(opened));
    partitions.put(partition, new Ahead());
  }

  /** Reads on from {@code position}; what was read ahead stays. */
  void skipTo(int partition, long position) {
    consumer.seek(new TopicPartition(topic, partition), position);
  }

  /** Drops what was read ahead of a partition. */
  void close(int partition) {
    partitions.remove(partition);
  }

  /** The partitions in hand, now. */
  SortedSet<Integer> partitions() {
    return new TreeSet<>(partitions.keySet());
  }

  /** Reads on; takes part in rebalances, which may open and close partitions. */
  void poll(Duration wait) {
    for (ConsumerRecord<byte[], byte[]> event : consumer.poll(wait)) {
      Ahead ahead = partitions.get(event.partition());
      if (ahead != null) {
        ahead.add(event);
      }
    }
    partitions.forEach(this::bound);
  }

  /** Takes the next event of a partition if it stands below {@code limit}. */
  @Nullable ConsumerRecord<byte[], byte[]> next(int partition, long limit) {
    Ahead ahead = partitions.get(partition);
    ConsumerRecord<byte[], byte[]> head = ahead == null ? null : ahead.events.peek();
    if (ahead == null || head == null || head.offset() >= limit) {
      return null;
    }
    ahead.remove();
    return head;
  }

  /**
   * The offset below which every event of a partition has been taken: that of the next one, or
   * where none is read ahead, the position, which moves past transaction markers and aborted
   * records too.
   */
  long reached(int partition) {
    Ahead ahead = partitions.get(partition);
    ConsumerRecord<byte[], byte[]> head = ahead == null ? null : ahead.events.peek();
    return head == null ? consumer.position(new TopicPartition(topic, partition)) : head.offset();
  }

  /** Events that stand in the partitions in hand and are not taken yet, as far as is known. */
  long lag() {
    long lag = 0;
    for (int partition : partitions.keySet()) {
      TopicPartition read = new TopicPartition(topic, partition);
      lag += consumer.currentLag(read).orElse(0) + consumer.position(read) - reached(partition);
    }
    return lag;
  }

  /** Partitions that are held back. */
  int paused() {
    return (int) partitions.values().stream().filter(ahead -> ahead.paused).count();
  }

  /** Whether any event is read ahead. */
  boolean holdsAny() {
    return partitions.values().stream().anyMatch(ahead -> !ahead.events.isEmpty());
  }

  private void bound(int partition, Ahead ahead) {
    boolean full =
        ahead.events.size() >= MOST_EVENTS || ahead.bytes >= MOST_BYTES / partitions.size();
    if (full != ahead.paused) {
      List<TopicPartition> one = List.of(new TopicPartition(topic, partition));
      if (full) {
        consumer.pause(one);
      } else {
        consumer.resume(one);
      }
      ahead.paused = full;
    }
  }

  private static final class Ahead {
    final Queue<ConsumerRecord<byte[], byte[]>> events = new ArrayDeque<>();
    long bytes;
    boolean paused;

    void add(ConsumerRecord<byte[], byte[]> event) {
      events.add(event);
      bytes += size(event);
    }

    void remove() {
      bytes -= size(events.remove());
    }

    private static int size(ConsumerRecord<byte[], byte[]> event) {
      return OVERHEAD_BYTES + length(event.key()) + length(event.value());
    }

    private static int length(byte @Nullable [] bytes) {
      return bytes == null ? 0 : bytes.length;
    }
  }
}
