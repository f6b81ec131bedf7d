package dev.counterweight.kafka;

import dev.counterweight.protocol.FailureException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Reads one partition of a topic: its newest record, the next one, or what stands below an offset.
 * Offsets that hold no record to be read (markers of transactions, aborted records, what compaction
 * took) are passed over: how far a log was read is told by its position, never by its records.
 *
 * <p>Begins at offset 0. Where what comes next was deleted, reading throws {@link
 * OffsetOutOfRangeException}; where the cluster does not answer, or no more comes although the log
 * goes on, {@link TimeoutException}. Owns its consumer. Not thread-safe, but for {@link #wakeup}.
 *
 * @param <T> what a record is read as
 */
public final class TopicTail<T> implements AutoCloseable {
  private static final Duration STALL = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(100);
  private static final Duration CLOSING = Duration.ofSeconds(1);

  /** Of a log whose last record is looked for: a transaction of one takes two offsets. */
  private static final long FIRST_LOOK_BACK = 8;

  private static final long LOOK_BACK_GROWTH = 16;

  private final Consumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private final Function<ConsumerRecord<byte[], byte[]>, T> decoder;
  private final @Nullable Duration timeout;
  private final LogEnds ends;
  private final Deque<ConsumerRecord<byte[], byte[]>> fetched = new ArrayDeque<>();
  private @Nullable T newest;

  /**
   * Reads partition 0, and waits for each answer as long as the consumer is set to, by {@code
   * default.api.timeout.ms}, and for records half a minute.
   *
   * @param decoder an {@link IllegalArgumentException} of it is a {@link FailureException} that
   *     says where the record stands
   */
  public TopicTail(
      Consumer<byte[], byte[]> consumer,
      String topic,
      Function<ConsumerRecord<byte[], byte[]>, T> decoder) {
    this(consumer, new TopicPartition(topic, 0), decoder, null);
  }

  /**
   * Reads partition 0.
   *
   * @param timeout for each answer, and for the next record of a log that goes on
   */
  public TopicTail(
      Consumer<byte[], byte[]> consumer,
      String topic,
      Function<ConsumerRecord<byte[], byte[]>, T> decoder,
      Duration timeout) {
    this(consumer, new TopicPartition(topic, 0), decoder, timeout);
  }

  /** Reads any partition; without a {@code timeout} as the one without. */
  public TopicTail(
      Consumer<byte[], byte[]> consumer,
      TopicPartition partition,
      Function<ConsumerRecord<byte[], byte[]>, T> decoder,
      @Nullable Duration timeout) {
    this.consumer = consumer;
    this.partition = partition;
    this.decoder = decoder;
    this.timeout = timeout;
    this.ends = new LogEnds(consumer, timeout);
    consumer.assign(List.of(partition));
    consumer.seek(partition, 0);
  }

  /** The oldest offset that is kept. */
  public long first() {
    return ends.first(partition);
  }

  /** The offset after the newest that can be read. */
  public long end() {
    return ends.end(partition);
  }

  /** Every record below this offset was returned, or passed over. */
  public long position() {
    ConsumerRecord<byte[], byte[]> waiting = fetched.peek();
    return waiting == null ? fetchedTo() : waiting.offset();
  }

  /** Records that stand in the log and were not returned yet, as far as is known. */
  public long lag() {
    return fetched.size() + consumer.currentLag(partition).orElse(0);
  }

  /** Goes to an offset; what is fetched already is not fetched again. */
  public void seek(long offset) {
    if (offset < position()) {
      fetched.clear();
    }
    while (!fetched.isEmpty() && fetched.element().offset() < offset) {
      fetched.remove();
    }
    if (fetched.isEmpty() && fetchedTo() != offset) {
      consumer.seek(partition, offset);
    }
  }

  /**
   * Goes to the first offset kept at or after this one. One past the end is of a log that has been
   * deleted since: then to the oldest kept.
   */
  public void seekKept(long offset) {
    long first = first();
    seek(offset > end() ? first : Math.max(first, offset));
  }

  /** The next record, or empty if there is none within {@code wait}. */
  public Optional<T> next(Duration wait) {
    if (fetched.isEmpty()) {
      fetch(wait);
    }
    return Optional.ofNullable(fetched.poll()).map(this::decoded);
  }

  /**
   * The next record below an offset; empty once there is no more.
   *
   * @param end up to the log's end
   */
  public Optional<T> nextBelow(long end) {
    return nextRecord(end).map(this::decoded);
  }

  /**
   * The newest record that is there when this is called. Reads the end of the log only, and further
   * back where nothing but markers and aborted records lies there. The next record is the first
   * that comes after.
   */
  public Optional<T> newest() {
    newest = null;
    long end = end();
    Optional<T> found = newestBelow(end);
    seek(end);
    newest = found.orElse(null);
    return found;
  }

  /** Waits for newer records than {@link #newest} found; the newest so far. */
  public Optional<T> follow(Duration wait) {
    if (fetched.isEmpty()) {
      fetch(wait);
    }
    ConsumerRecord<byte[], byte[]> last = fetched.peekLast();
    if (last != null) {
      fetched.clear();
      newest = decoded(last);
    }
    return Optional.ofNullable(newest);
  }

  /** The newest record below an offset; the next record stays the same. */
  public Optional<T> newestBelow(long offset) {
    Position here = here();
    try {
      long first = first();
      ConsumerRecord<byte[], byte[]> last = null;
      long to = offset;
      for (long back = FIRST_LOOK_BACK; last == null && to > first; back *= LOOK_BACK_GROWTH) {
        long from = Math.max(first, to - back);
        last = lastOf(from, to);
        to = from;
      }
      return Optional.ofNullable(last).map(this::decoded);
    } finally {
      goBack(here);
    }
  }

  /**
   * Hands out the records of the log by stretches, the newest stretch first and each in log order,
   * while {@code more} is true. The next record stays the same.
   *
   * @param stretch offsets of each, of which some may hold no record
   * @return whether the log still has its first record
   */
  public boolean back(int stretch, Predicate<List<T>> more) {
    Position here = here();
    try {
      long first = first();
      long to = end();
      while (to > first) {
        long from = Math.max(first, to - stretch);
        if (!more.test(between(from, to))) {
          break;
        }
        to = from;
      }
      return first == 0;
    } finally {
      goBack(here);
    }
  }

  /** Ends a wait for the broker, with a WakeupException; may be called by any thread. */
  public void wakeup() {
    consumer.wakeup();
  }

  /** Does not wait long for a broker that hangs: there is nothing to lose. */
  @Override
  public void close() {
    consumer.close(CloseOptions.timeout(CLOSING));
  }

  private List<T> between(long from, long to) {
    List<T> records = new ArrayList<>();
    seek(from);
    for (Optional<T> next = nextBelow(to); next.isPresent(); next = nextBelow(to)) {
      records.add(next.get());
    }
    return records;
  }

  private @Nullable ConsumerRecord<byte[], byte[]> lastOf(long from, long to) {
    ConsumerRecord<byte[], byte[]> last = null;
    seek(from);
    for (var next = nextRecord(to); next.isPresent(); next = nextRecord(to)) {
      last = next.get();
    }
    return last;
  }

  private Optional<ConsumerRecord<byte[], byte[]>> nextRecord(long end) {
    Duration patience = timeout == null ? STALL : timeout;
    long position = fetchedTo();
    long deadlineNs = System.nanoTime() + patience.toNanos();
    while (fetched.isEmpty() && position < end) {
      fetch(POLL);
      long before = position;
      position = fetchedTo();
      if (position > before) {
        deadlineNs = System.nanoTime() + patience.toNanos();
      } else if (System.nanoTime() >= deadlineNs) {
        throw new TimeoutException(
            "topic '%s' gives nothing at offset %d, before its end at %d, for %d s"
                .formatted(partition.topic(), position, end, patience.toSeconds()));
      }
    }
    return fetched.isEmpty() || fetched.element().offset() >= end
        ? Optional.empty()
        : Optional.of(fetched.remove());
  }

  private void fetch(Duration wait) {
    fetched.addAll(consumer.poll(wait).records(partition));
  }

  private long fetchedTo() {
    return timeout == null ? consumer.position(partition) : consumer.position(partition, timeout);
  }

  private record Position(long fetchedTo, List<ConsumerRecord<byte[], byte[]>> fetched) {}

  private Position here() {
    return new Position(fetchedTo(), List.copyOf(fetched));
  }

  private void goBack(Position position) {
    fetched.clear();
    fetched.addAll(position.fetched());
    consumer.seek(partition, position.fetchedTo());
  }

  private T decoded(ConsumerRecord<byte[], byte[]> found) {
    try {
      return decoder.apply(found);
    } catch (IllegalArgumentException e) {
      throw new FailureException(
          "topic '%s', offset %d: %s".formatted(found.topic(), found.offset(), e.getMessage()), e);
    }
  }
}
