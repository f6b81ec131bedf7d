package dev.counterweight.sampler;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.sampling.BatchBuilder;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the partitions in hand, and reads their events ahead of use, a bounded number: a partition
 * that has its share of the room is paused until its events are used. Each has the same share,
 * because one waits for the other: what a snapshot covers is used in all of them before the next.
 * Not thread-safe; does not own the consumer.
 */
final class EventReader {
  /** Over all partitions; one poll may exceed it. */
  static final long MAX_BYTES = 32L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(EventReader.class);

  private final Consumer<byte[], byte[]> consumer;
  private final EventsConfig events;
  private final BatchBuilder builder;
  private final SortedMap<Integer, PartitionCursor> cursors = new TreeMap<>();

  /**
   * @param builder has the partitions in hand that this has
   */
  EventReader(Consumer<byte[], byte[]> consumer, EventsConfig events, BatchBuilder builder) {
    this.consumer = consumer;
    this.events = events;
    this.builder = builder;
  }

  /**
   * Takes an assigned partition in hand, to be used from {@code position} on.
   *
   * @param recent shares of recent labels to go on from; null for none
   */
  void open(int number, long position, float @Nullable [] recent) {
    TopicPartition partition = new TopicPartition(events.topic(), number);
    consumer.seek(partition, position);
    consumer.resume(List.of(partition));
    cursors.put(number, new PartitionCursor(partition, builder.open(number, position, recent)));
  }

  /**
   * Lets a partition go, and what was read ahead of it; what was used of it must be committed, or
   * is used again by another.
   */
  void close(int number) {
    cursors.remove(number);
    builder.close(number);
  }

  /** The partitions in hand by number, as they are at any time. */
  SortedMap<Integer, PartitionCursor> cursors() {
    return Collections.unmodifiableSortedMap(cursors);
  }

  /** Reads on; takes part in rebalances, which may open and close partitions. */
  void poll(Duration wait) {
    ConsumerRecords<byte[], byte[]> polled = consumer.poll(wait);
    for (TopicPartition read : polled.partitions()) {
      PartitionCursor cursor = cursors.get(read.partition());
      if (cursor != null) {
        cursor.add(polled.records(read));
      }
    }
    for (PartitionCursor cursor : cursors.values()) {
      if (cursor.turns(MAX_BYTES / cursors.size())) {
        List<TopicPartition> one = List.of(cursor.partition());
        if (cursor.paused()) {
          consumer.pause(one);
        } else {
          consumer.resume(one);
        }
      }
    }
  }

  /**
   * Reads on behind events that were deleted before they were used; what was read ahead stays.
   *
   * @throws FailureException if they may not be lost, or the topic ends before them
   */
  void skip(OffsetOutOfRangeException error) {
    Map<Integer, Long> first =
        new LogEnds(consumer).firsts(error.offsetOutOfRangePartitions().keySet());
    for (Map.Entry<TopicPartition, Long> wanted : error.offsetOutOfRangePartitions().entrySet()) {
      long kept = first.getOrDefault(wanted.getKey().partition(), 0L);
      String range =
          "%s: offsets %d to %d were deleted before they were used"
              .formatted(wanted.getKey(), wanted.getValue(), kept - 1);
      if (kept <= wanted.getValue()) {
        throw new FailureException(
            "%s has no offset %d: it ends before, as of a topic that was deleted and created again, whose offsets mean other events: start a new job"
                .formatted(wanted.getKey(), wanted.getValue()),
            error);
      }
      if (events.lost() == EventsConfig.Lost.FAIL) {
        throw new FailureException(range + "; events.lost=continue goes on without them", error);
      }
      LOG.warn("{}", range);
      consumer.seek(wanted.getKey(), kept);
    }
  }

  /**
   * The offset below which every event of a partition has been taken: that of the next one, or
   * where none is read ahead, the position, which moves past transaction markers and aborted
   * records too.
   */
  long reached(PartitionCursor cursor) {
    ConsumerRecord<byte[], byte[]> head = cursor.head();
    return head == null ? consumer.position(cursor.partition()) : head.offset();
  }

  /** Events that stand in the partitions in hand and are not taken yet, as far as is known. */
  long lag() {
    long lag = 0;
    for (PartitionCursor cursor : cursors.values()) {
      TopicPartition read = cursor.partition();
      lag += consumer.currentLag(read).orElse(0) + consumer.position(read) - reached(cursor);
    }
    return lag;
  }

  /** Partitions that are held back. */
  int paused() {
    return (int) cursors.values().stream().filter(PartitionCursor::paused).count();
  }

  /** Whether any event is read ahead. */
  boolean holdsAny() {
    return cursors.values().stream().anyMatch(PartitionCursor::holdsAny);
  }
}
