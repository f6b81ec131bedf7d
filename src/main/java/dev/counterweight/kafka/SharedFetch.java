package dev.counterweight.kafka;

import dev.counterweight.protocol.StreamIdentity;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * What one consumer of this process polled, for another that is to read the same: so that the same
 * bytes are fetched, decompressed and read once.
 *
 * <p>A poll of a read_committed consumer is a fact about the log: these are all the committed
 * records from its position before to its position after. Whoever reads the partition from a
 * position within such a run of offsets reads the same records, whether it fetches them or takes
 * them from here. So nothing that rests on positions changes: each consumer keeps its own group,
 * assignment, commits and checks, and is free to fetch by itself at any time. A gap between records
 * tells nothing (markers of transactions, aborted and compacted records leave some), hence
 * positions and not offsets make a run.
 *
 * <p>The giver never waits. What has no room is left out, and the run ends there: a new one begins
 * once half of the room is free again, so that the taker changes from one way to the other seldom.
 * Bounded in bytes, which the partitions taken share alike; arrays are used again. Thread-safe:
 * each partition has one giver's and one taker's thread, neither of which holds the lock while it
 * copies.
 */
public final class SharedFetch {
  /** About 400,000 events of 124 bytes. */
  public static final long MAX_BYTES = 64L << 20;

  private static final int HEAP_PARTS = 8;

  private final long mostBytes;
  private final LentArrays arrays;
  private final Map<Key, SharedPartition> partitions = new HashMap<>();

  /** A partition of one topic, not of a later one of the same name. */
  private record Key(StreamIdentity topic, TopicPartition partition) {}

  /**
   * Records that follow a position.
   *
   * @param next the position behind them
   */
  public record Taken(List<ConsumerRecord<byte[], byte[]>> records, long next) {}

  /**
   * @param mostBytes held at any time; 0 for nothing shared
   */
  public SharedFetch(long mostBytes) {
    this.mostBytes = mostBytes;
    this.arrays = new LentArrays(mostBytes);
  }

  /** As much as is of use, and at most an eighth of the heap. */
  public static SharedFetch ofThisProcess() {
    return new SharedFetch(Math.min(MAX_BYTES, Runtime.getRuntime().maxMemory() / HEAP_PARTS));
  }

  /** Shares nothing: for a process in which only one reads. */
  public static SharedFetch none() {
    return new SharedFetch(0);
  }

  /** The side of who gives what it polls of a topic. */
  public Giver giver(StreamIdentity topic) {
    return new Giver(topic);
  }

  /** The side of who takes it. */
  public Taker taker(StreamIdentity topic) {
    return new Taker(topic);
  }

  /** Gives what it polls. Used by the threads of the consumers of one role. */
  public final class Giver {
    private final StreamIdentity topic;

    private Giver(StreamIdentity topic) {
      this.topic = topic;
    }

    /** Whether anybody is there to take anything. */
    public boolean wanted() {
      return isWanted();
    }

    /** Another consumer, perhaps of another process, polls it from now on. */
    void gone(TopicPartition partition) {
      with(partition, SharedPartition::gone);
    }

    /** An array for so much of what was polled; null if it is not to be given. */
    byte @Nullable [] room(TopicPartition partition, long from, long next, long bytes) {
      return lend(new Key(topic, partition), from, next, bytes);
    }

    /** Gives all that a poll brought. */
    void give(TopicPartition partition, OptionalLong lag, FetchedChunk polled) {
      SharedFetch.this.give(new Key(topic, partition), lag, polled);
    }

    /** Gives that a poll brought no record. */
    void giveNone(TopicPartition partition, OptionalLong lag, long from, long next) {
      with(
          partition,
          shared -> {
            shared.polled(next, lag);
            shared.addNone(from, next);
          });
    }

    /** Says how far was polled, where it is not given. */
    void leftOut(TopicPartition partition, OptionalLong lag, long next) {
      with(partition, shared -> shared.polled(next, lag));
    }

    private void with(TopicPartition partition, Consumer<SharedPartition> then) {
      SharedFetch.this.with(new Key(topic, partition), then);
    }
  }

  /** Takes what was polled. Used by one thread. */
  public final class Taker implements AutoCloseable {
    private final StreamIdentity topic;

    private Taker(StreamIdentity topic) {
      this.topic = topic;
    }

    /** Has a partition kept from a position on, whose records will be taken. */
    public void open(TopicPartition partition, long position) {
      SharedFetch.this.open(new Key(topic, partition), position);
    }

    /** Lets a partition go. */
    public void close(TopicPartition partition) {
      SharedFetch.this.close(new Key(topic, partition));
    }

    /** Lets all others go. */
    public void closeOthers(Collection<TopicPartition> kept) {
      closeAll(topic, kept);
    }

    /** Lets all go. */
    @Override
    public void close() {
      closeAll(topic, List.of());
    }

    /** Whether the records at a position are here, or will be with the next poll. */
    public boolean covers(TopicPartition partition, long position) {
      return isCovered(new Key(topic, partition), position);
    }

    /** Records that follow a position; null while there are none. */
    public @Nullable Taken take(TopicPartition partition, long position) {
      Key key = new Key(topic, partition);
      FetchedChunk chunk = next(key, position);
      if (chunk == null) {
        return null;
      }
      List<ConsumerRecord<byte[], byte[]>> records = chunk.records(partition, position);
      giveBack(chunk);
      return new Taken(records, chunk.next());
    }

    /** Where the partition was seen to end last; empty if it was not. */
    public OptionalLong end(TopicPartition partition) {
      return logEnd(new Key(topic, partition));
    }
  }

  private synchronized boolean isWanted() {
    return !partitions.isEmpty();
  }

  private synchronized void open(Key key, long position) {
    if (mostBytes > 0) {
      partitions.computeIfAbsent(key, k -> new SharedPartition(arrays::putBack)).want(position);
    }
  }

  private synchronized void close(Key key) {
    SharedPartition shared = partitions.remove(key);
    if (shared != null) {
      shared.dropBefore(Long.MAX_VALUE);
    }
    if (partitions.isEmpty()) {
      arrays.clear();
    }
  }

  private synchronized void closeAll(StreamIdentity topic, Collection<TopicPartition> kept) {
    List.copyOf(partitions.keySet()).stream()
        .filter(key -> key.topic().equals(topic) && !kept.contains(key.partition()))
        .forEach(this::close);
  }

  private synchronized void with(Key key, Consumer<SharedPartition> then) {
    SharedPartition shared = partitions.get(key);
    if (shared != null) {
      then.accept(shared);
    }
  }

  private synchronized byte @Nullable [] lend(Key key, long from, long next, long bytes) {
    SharedPartition shared = partitions.get(key);
    if (shared == null || shared.has(next)) {
      return null;
    }
    long share = mostBytes / partitions.size();
    long free = share - shared.bytes();
    long length = LentArrays.length(bytes);
    return length <= free && (shared.continues(from) || free >= share / 2)
        ? arrays.lend(length)
        : null;
  }

  private synchronized void give(Key key, OptionalLong lag, FetchedChunk polled) {
    SharedPartition shared = partitions.get(key);
    if (shared == null) {
      arrays.putBack(polled.bytes());
      return;
    }
    shared.polled(polled.next(), lag);
    shared.add(polled);
  }

  private synchronized boolean isCovered(Key key, long position) {
    SharedPartition shared = partitions.get(key);
    return shared != null && shared.covers(position);
  }

  private synchronized @Nullable FetchedChunk next(Key key, long position) {
    SharedPartition shared = partitions.get(key);
    return shared == null ? null : shared.next(position);
  }

  private synchronized void giveBack(FetchedChunk chunk) {
    if (chunk.bytes().length > 0) {
      arrays.putBack(chunk.bytes());
    }
  }

  private synchronized OptionalLong logEnd(Key key) {
    SharedPartition shared = partitions.get(key);
    return shared == null ? OptionalLong.empty() : shared.logEnd();
  }
}
