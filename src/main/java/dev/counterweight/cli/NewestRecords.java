package dev.counterweight.cli;

import dev.counterweight.kafka.LogEnds;
import dev.counterweight.kafka.PollBudget;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;

/**
 * Reads the newest records of every partition of a topic, and the oldest if they are asked for.
 * Where the newest offsets hold markers of transactions, aborted records, or nothing after
 * compaction, it looks further back, until it has found records, has come to the partition's
 * beginning, or its time is up. Not thread-safe.
 */
final class NewestRecords {
  private static final Amount FEW = new Amount(500, 50_000, Long.MAX_VALUE);
  private static final int MIN_WANTED = 10;
  private static final int WIDER = 4;
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(200);

  /**
   * How much is read.
   *
   * @param records of a partition, at most
   * @param recordsOverAll about, of all partitions
   * @param bytesOverAll of all partitions, headers too, to the record
   */
  record Amount(int records, int recordsOverAll, long bytesOverAll) {}

  /**
   * How far back a partition was looked through.
   *
   * @param begin its first offset
   * @param from the first offset of those looked through
   * @param end its end when the look began
   * @param found records found
   */
  record Reach(long begin, long from, long end, int found) {
    /** Whether nothing of the partition was left out. */
    boolean whole() {
      return from <= begin;
    }
  }

  /** A stretch of one partition that is being looked through. */
  private static final class Stretch {
    private final long begin;
    private final long end;
    private long from;
    private long until;
    private long looked;
    private int found;
    private long bytes;
    private int most = Integer.MAX_VALUE;

    Stretch(long begin, long end, int length) {
      this.begin = begin;
      this.end = end;
      this.looked = end;
      this.until = end;
      this.from = Math.max(begin, end - length);
    }

    /** Takes the offsets before it, more of them; false if there are none. */
    boolean widen() {
      looked = from;
      until = from;
      from = Math.max(begin, from - WIDER * (end - from));
      return until > from;
    }

    /** Turns to its beginning; false if all of it was looked through. */
    boolean toOldest(int wanted) {
      until = looked;
      from = begin;
      most = found + wanted;
      bytes = 0;
      return until > from;
    }

    void take(ConsumerRecord<byte[], byte[]> record) {
      found++;
      bytes +=
          Math.max(0, record.serializedKeySize())
              + Math.max(0, record.serializedValueSize())
              + PollBudget.bytes(record.headers());
    }

    Reach reach() {
      return new Reach(begin, looked, end, found);
    }
  }

  private final Consumer<byte[], byte[]> consumer;
  private final int wanted;
  private final long bytes;
  private final long deadlineNs;
  private final Map<TopicPartition, Stretch> stretches =
      new TreeMap<>(Comparator.comparingInt(TopicPartition::partition));

  /**
   * @param consumer of committed records, without a group; the caller's
   * @param retry for all of it
   */
  NewestRecords(Consumer<byte[], byte[]> consumer, String topic, Duration retry) {
    this(consumer, topic, FEW, retry);
  }

  NewestRecords(Consumer<byte[], byte[]> consumer, String topic, Amount amount, Duration retry) {
    this.consumer = consumer;
    this.deadlineNs = System.nanoTime() + retry.toNanos();
    List<TopicPartition> partitions =
        LogEnds.partitions(topic, consumer.partitionsFor(topic, CALL).size());
    int share = amount.recordsOverAll() / Math.max(1, partitions.size());
    this.wanted = Math.max(MIN_WANTED, Math.min(amount.records(), share));
    this.bytes = amount.bytesOverAll() / Math.max(1, partitions.size());
    LogEnds log = new LogEnds(consumer, CALL);
    Map<Integer, Long> begins = log.firsts(partitions);
    Map<Integer, Long> ends = log.ends(partitions);
    for (TopicPartition partition : partitions) {
      long end = ends.getOrDefault(partition.partition(), 0L);
      // Retention may act between the two calls.
      long begin = Math.min(end, begins.getOrDefault(partition.partition(), 0L));
      stretches.put(partition, new Stretch(begin, end, wanted));
    }
  }

  /** Gives what is found to {@code sink}; says how far each partition was looked through. */
  Map<Integer, Reach> read(java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    List<TopicPartition> open = new ArrayList<>(stretches.keySet());
    while (!open.isEmpty() && lookThrough(open, sink)) {
      open.removeIf(partition -> !stretch(partition).widen() || enough(stretch(partition)));
    }
    Map<Integer, Reach> reached = new TreeMap<>();
    stretches.forEach((partition, stretch) -> reached.put(partition.partition(), stretch.reach()));
    return reached;
  }

  /** After {@link #read}: as many of the oldest that were not read yet, oldest first. */
  void readOldest(java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    List<TopicPartition> open =
        stretches.keySet().stream().filter(p -> stretch(p).toOldest(wanted)).toList();
    if (!open.isEmpty()) {
      lookThrough(open, sink);
    }
  }

  private boolean enough(Stretch stretch) {
    // Markers of transactions among them are no reason to look so much further.
    return stretch.found >= wanted - wanted / 10 || stretch.bytes >= bytes;
  }

  /** Reads the stretches of these partitions; false if the time was up before their ends. */
  private boolean lookThrough(
      List<TopicPartition> partitions,
      java.util.function.Consumer<ConsumerRecord<byte[], byte[]>> sink) {
    List<TopicPartition> unread = new ArrayList<>(partitions);
    consumer.assign(unread);
    consumer.resume(unread);
    unread.forEach(partition -> consumer.seek(partition, stretch(partition).from));
    while (true) {
      unread.removeIf(this::readThrough);
      if (unread.isEmpty()) {
        return true;
      }
      if (System.nanoTime() > deadlineNs) {
        return false;
      }
      for (ConsumerRecord<byte[], byte[]> found : consumer.poll(POLL)) {
        Stretch stretch = stretch(new TopicPartition(found.topic(), found.partition()));
        if (found.offset() < stretch.until && !full(stretch)) {
          stretch.take(found);
          sink.accept(found);
        }
      }
    }
  }

  private boolean full(Stretch stretch) {
    return stretch.found >= stretch.most || stretch.bytes >= bytes;
  }

  private boolean readThrough(TopicPartition partition) {
    Stretch stretch = stretch(partition);
    if (!full(stretch) && consumer.position(partition, CALL) < stretch.until) {
      return false;
    }
    consumer.pause(List.of(partition));
    return true;
  }

  private Stretch stretch(TopicPartition partition) {
    Stretch stretch = stretches.get(partition);
    if (stretch == null) {
      throw new IllegalStateException(partition + " was not asked for");
    }
    return stretch;
  }
}
