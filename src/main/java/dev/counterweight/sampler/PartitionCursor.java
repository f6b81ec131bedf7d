package dev.counterweight.sampler;

import dev.counterweight.kafka.PollBudget;
import dev.counterweight.sampling.OpenSpan;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * A partition in hand: the events read ahead of their use, and how far it is used. What each poll
 * brought is kept as it came: nothing is moved an event at a time. Not thread-safe; owned by the
 * {@link EventReader}.
 */
final class PartitionCursor {
  private static final int MAX_EVENTS = 4096;
  // A record's objects, beside its value.
  private static final int OVERHEAD_BYTES = 200;
  private static final long BYTES_AT_ONCE = 1 << 20;

  private final TopicPartition partition;
  private final OpenSpan span;
  private final Queue<Polled> ahead = new ArrayDeque<>();
  private int events;
  private long bytes;
  private boolean paused;

  PartitionCursor(TopicPartition partition, OpenSpan span) {
    this.partition = partition;
    this.span = span;
  }

  TopicPartition partition() {
    return partition;
  }

  /** The partition's number. */
  int number() {
    return partition.partition();
  }

  /** What the open record covers of it; its position is the next offset to be used. */
  OpenSpan span() {
    return span;
  }

  /** Whether it is held back. */
  boolean paused() {
    return paused;
  }

  /** Whether any event is read ahead. */
  boolean holdsAny() {
    return events > 0;
  }

  /** The first event read ahead, or null if there is none. */
  @Nullable ConsumerRecord<byte[], byte[]> head() {
    Polled first = ahead.peek();
    return first == null ? null : first.records.get(first.taken);
  }

  void add(List<ConsumerRecord<byte[], byte[]>> records) {
    Polled added = new Polled(records);
    ahead.add(added);
    events += records.size();
    bytes += added.bytes;
  }

  /**
   * The next events that stand below {@code limit}, in order: at most {@code most}, fewer where
   * they are large, and as few as none although there are more than that.
   */
  List<ConsumerRecord<byte[], byte[]>> next(long limit, int most) {
    Polled first = ahead.peek();
    return first == null ? List.of() : first.next(limit, most);
  }

  /** Lets go of the first events that {@link #next} gave. */
  void take(int used) {
    Polled first = ahead.peek();
    if (first == null) {
      return;
    }
    first.taken += used;
    events -= used;
    if (first.taken == first.records.size()) {
      ahead.remove();
      bytes -= first.bytes;
    }
  }

  /** Whether it is to be held back, or to be no more, now that it has so much room. */
  boolean turns(long maxBytes) {
    boolean full = events >= MAX_EVENTS || bytes >= maxBytes;
    boolean turned = full != paused;
    paused = full;
    return turned;
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
        sum += OVERHEAD_BYTES + held(event.key()) + held(event.value());
        sum += PollBudget.bytes(event.headers());
      }
      this.bytes = sum;
      this.atOnce = (int) Math.max(1, BYTES_AT_ONCE * this.records.size() / Math.max(1, sum));
    }

    List<ConsumerRecord<byte[], byte[]>> next(long limit, int most) {
      int from = taken;
      int to = Math.min(records.size(), from + Math.min(most, atOnce));
      while (to > from && records.get(to - 1).offset() >= limit) {
        to--;
      }
      return records.subList(from, to);
    }

    /** What is held of a key or value, which may have been longer. */
    private static int held(byte @Nullable [] bytes) {
      return bytes == null ? 0 : bytes.length;
    }
  }
}
