package dev.counterweight.sampler;

import dev.counterweight.kafka.PollBudget;
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
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Reads events ahead of their use, a bounded number: a partition that has its share of the room is
 * paused until its events are used. Each has the same share, because one waits for the other: what
 * a snapshot covers is used in all of them before the next. Not thread-safe; does not own the
 * consumer.
 */
final class EventReader {
  /** Over all partitions; one poll may exceed it. */
  static final long MAX_BYTES = 32L << 20;

  private static final int MAX_EVENTS = 4096;
  // A record's objects, beside its value.
  private static final int OVERHEAD_BYTES = 200;
  private static final long BYTES_AT_ONCE = 1 << 20;

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
    ConsumerRecords<byte[], byte[]> polled = consumer.poll(wait);
    for (TopicPartition read : polled.partitions()) {
      Ahead ahead = partitions.get(read.partition());
      if (ahead != null) {
        ahead.add(polled.records(read));
      }
    }
    partitions.forEach(this::bound);
  }

  /**
   * Takes the next events of a partition that stand below {@code limit}, in order: at most {@code
   * most}, fewer where they are large, and as few as none although there are more than that.
   */
  List<ConsumerRecord<byte[], byte[]>> take(int partition, long limit, int most) {
    Ahead ahead = partitions.get(partition);
    return ahead == null ? List.of() : ahead.take(limit, most);
  }

  /**
   * The offset below which every event of a partition has been taken: that of the next one, or
   * where none is read ahead, the position, which moves past transaction markers and aborted
   * records too.
   */
  long reached(int partition) {
    Ahead ahead = partitions.get(partition);
    ConsumerRecord<byte[], byte[]> head = ahead == null ? null : ahead.head();
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
    return partitions.values().stream().anyMatch(ahead -> ahead.events > 0);
  }

  private void bound(int partition, Ahead ahead) {
    boolean full = ahead.events >= MAX_EVENTS || ahead.bytes >= MAX_BYTES / partitions.size();
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

  /** What each poll brought is kept as it came: nothing is moved an event at a time. */
  private static final class Ahead {
    private final Queue<Polled> polled = new ArrayDeque<>();
    int events;
    long bytes;
    boolean paused;

    void add(List<ConsumerRecord<byte[], byte[]>> records) {
      Polled added = new Polled(records);
      polled.add(added);
      events += records.size();
      bytes += added.bytes;
    }

    @Nullable ConsumerRecord<byte[], byte[]> head() {
      Polled first = polled.peek();
      return first == null ? null : first.records.get(first.taken);
    }

    List<ConsumerRecord<byte[], byte[]>> take(long limit, int most) {
      Polled first = polled.peek();
      if (first == null) {
        return List.of();
      }
      List<ConsumerRecord<byte[], byte[]>> taken = first.take(limit, most);
      events -= taken.size();
      if (first.taken == first.records.size()) {
        polled.remove();
        bytes -= first.bytes;
      }
      return taken;
    }
  }

  /** What is held of a key or value, which may have been longer. */
  private static int bytes(byte @Nullable [] held) {
    return held == null ? 0 : held.length;
  }

  private static final class Polled {
    final List<ConsumerRecord<byte[], byte[]>> records;
    final long bytes;
    final int atOnce;
    int taken;

    Polled(List<ConsumerRecord<byte[], byte[]>> records) {
      this.records = List.copyOf(records);
      long sum = 0;
      for (ConsumerRecord<byte[], byte[]> event : this.records) {
        sum += OVERHEAD_BYTES + bytes(event.key()) + bytes(event.value());
        sum += PollBudget.bytes(event.headers());
      }
      this.bytes = sum;
      this.atOnce = (int) Math.max(1, BYTES_AT_ONCE * this.records.size() / Math.max(1, sum));
    }

    List<ConsumerRecord<byte[], byte[]>> take(long limit, int most) {
      int from = taken;
      int to = Math.min(records.size(), from + Math.min(most, atOnce));
      while (to > from && records.get(to - 1).offset() >= limit) {
        to--;
      }
      taken = to;
      return records.subList(from, to);
    }
  }
}
