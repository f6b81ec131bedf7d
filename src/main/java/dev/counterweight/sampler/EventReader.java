package dev.counterweight.sampler;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.SharedFetch;
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
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns the partitions in hand, and reads their events ahead of use, a bounded number: a partition
 * that has its share of the room is paused until its events are used. Each has the same share,
 * because one waits for the other: what a snapshot covers is used in all of them before the next.
 *
 * <p>A partition whose position lies in what the counter of this process polled is taken from
 * there, and is paused for the consumer meanwhile; wherever that ends, the consumer goes on from
 * the same position. Which way an event came is told by nothing that is made of it. Not
 * thread-safe; does not own the consumer.
 */
final class EventReader {
  /** Over all partitions; one poll may exceed it. */
  static final long MAX_BYTES = 32L << 20;

  private static final Logger LOG = LoggerFactory.getLogger(EventReader.class);

  private final Consumer<byte[], byte[]> consumer;
  private final EventsConfig events;
  private final BatchBuilder builder;
  private final SharedFetch.Taker fetched;
  private final SortedMap<Integer, PartitionCursor> cursors = new TreeMap<>();
  private long eventsShared;

  /**
   * @param builder has the partitions in hand that this has
   * @param fetched what the counter of this process polled
   */
  EventReader(
      Consumer<byte[], byte[]> consumer,
      EventsConfig events,
      BatchBuilder builder,
      SharedFetch.Taker fetched) {
    this.fetched = fetched;
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
    fetched.open(partition, position);
    cursors.put(number, new PartitionCursor(partition, builder.open(number, position, recent)));
  }

  /**
   * Lets a partition go, and what was read ahead of it; what was used of it must be committed, or
   * is used again by another.
   */
  void close(int number) {
    cursors.remove(number);
    fetched.close(new TopicPartition(events.topic(), number));
    builder.close(number);
  }

  /** The partitions in hand by number, as they are at any time. */
  SortedMap<Integer, PartitionCursor> cursors() {
    return Collections.unmodifiableSortedMap(cursors);
  }

  /** Reads on; takes part in rebalances, which may open and close partitions. */
  void poll(Duration wait) {
    boolean any = takeShared();
    ConsumerRecords<byte[], byte[]> polled = consumer.poll(any ? Duration.ZERO : wait);
    for (TopicPartition read : polled.partitions()) {
      PartitionCursor cursor = cursors.get(read.partition());
      if (cursor != null) {
        cursor.add(polled.records(read));
      }
    }
    takeShared();
    for (PartitionCursor cursor : cursors.values()) {
      if (cursor.turns(room()) && !cursor.shares()) {
        hold(cursor, cursor.paused());
      }
    }
  }

  /** Has nothing kept of partitions that are not in hand, once it is known which are. */
  void letOthersGo() {
    fetched.closeOthers(cursors.values().stream().map(PartitionCursor::partition).toList());
  }

  private long room() {
    return MAX_BYTES / cursors.size();
  }

  private void hold(PartitionCursor cursor, boolean held) {
    List<TopicPartition> one = List.of(cursor.partition());
    if (held) {
      consumer.pause(one);
    } else {
      consumer.resume(one);
    }
  }

  /** Takes what the counter polled, as far as there is room; whether there was any event. */
  private boolean takeShared() {
    boolean any = false;
    for (PartitionCursor cursor : cursors.values()) {
      if (!cursor.shares()) {
        tryToShare(cursor);
      }
      boolean more = cursor.shares();
      while (more && !cursor.full(room())) {
        more = takeShared(cursor);
        any |= cursor.holdsAny();
      }
    }
    return any;
  }

  /** Shares from now on if its position, where that is known without asking, is one of those. */
  private void tryToShare(PartitionCursor cursor) {
    try {
      long position = consumer.position(cursor.partition(), Duration.ZERO);
      if (!cursor.missedAt(position) && fetched.covers(cursor.partition(), position)) {
        consumer.pause(List.of(cursor.partition()));
        cursor.share(position);
      }
    } catch (TimeoutException e) {
      // To be looked up again after a broker's leader changed: the consumer's poll does so.
    }
  }

  /** Takes what comes next, or goes on by itself where nothing will; whether there was anything. */
  private boolean takeShared(PartitionCursor cursor) {
    SharedFetch.Taken taken = fetched.take(cursor.partition(), cursor.shared());
    if (taken == null) {
      if (!fetched.covers(cursor.partition(), cursor.shared())) {
        fetch(cursor, false);
      }
      return false;
    }
    if (!taken.records().isEmpty()) {
      cursor.add(taken.records());
      eventsShared += taken.records().size();
    }
    cursor.share(taken.next());
    return true;
  }

  private void fetch(PartitionCursor cursor, boolean missed) {
    consumer.seek(cursor.partition(), cursor.shared());
    cursor.shareNoMore(missed);
    hold(cursor, cursor.paused());
  }

  /**
   * Something is there to be used of a partition and was not read yet: where the counter of this
   * process has not polled it, another one has, and it is fetched. An event is polled before it is
   * counted, so that this need not be waited for.
   */
  void missing(PartitionCursor cursor) {
    if (cursor.shares() && !cursor.holdsAny() && !takeShared(cursor) && cursor.shares()) {
      fetch(cursor, true);
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
    return head == null ? position(cursor) : head.offset();
  }

  private long position(PartitionCursor cursor) {
    return cursor.shares() ? cursor.shared() : consumer.position(cursor.partition());
  }

  /** Events that stand in the partitions in hand and are not taken yet, as far as is known. */
  long lag() {
    long lag = 0;
    for (PartitionCursor cursor : cursors.values()) {
      TopicPartition read = cursor.partition();
      long end =
          cursor.shares()
              ? fetched.end(read).orElse(cursor.shared())
              : consumer.position(read) + consumer.currentLag(read).orElse(0);
      lag += Math.max(0, end - reached(cursor));
    }
    return lag;
  }

  /** Events that were taken and not fetched since this was last asked. */
  long eventsShared() {
    long since = eventsShared;
    eventsShared = 0;
    return since;
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
