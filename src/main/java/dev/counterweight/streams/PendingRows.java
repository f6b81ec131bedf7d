package dev.counterweight.streams;

import dev.counterweight.joining.Rows.Row;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a store as they are since the last commit: what has changed stays in memory until
 * then, so that what comes and goes between two commits is never written. Used by the task.
 */
final class PendingRows implements TaskStore.Stored {
  /** Of what is in memory; then it is written before a commit, which it will be part of. */
  private static final long MOST_BYTES = 8L << 20;

  private static final int AROUND = 128;

  private final KeyValueStore<Bytes, byte[]> store;
  private final Map<Bytes, Pending> pending = new HashMap<>();
  private long bytes;

  /** The same in order, once a range was asked for. */
  private @Nullable NavigableMap<Bytes, Pending> sorted;

  /** A row as it is now. */
  private static final class Pending {
    private byte @Nullable [] value;
    private boolean changed;

    /** Whether the store may have one. */
    private final boolean stored;

    Pending(byte @Nullable [] value, boolean stored) {
      this.value = value;
      this.stored = stored;
    }
  }

  PendingRows(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
  }

  @Override
  public byte @Nullable [] get(Bytes key) {
    Pending now = pending.get(key);
    if (now == null) {
      byte @Nullable [] value = store.get(key);
      add(key, new Pending(value, value != null));
      return value;
    }
    return now.value;
  }

  @Override
  public void put(Bytes key, byte @Nullable [] value) {
    Pending now = pending.get(key);
    if (now == null) {
      now = new Pending(value, true);
      add(key, now);
    } else {
      bytes += length(value) - length(now.value);
      now.value = value;
    }
    now.changed = true;
  }

  private void add(Bytes key, Pending now) {
    if (bytes > MOST_BYTES) {
      write();
    }
    pending.put(key, now);
    bytes += AROUND + key.get().length + length(now.value);
    if (sorted != null) {
      sorted.put(key, now);
    }
  }

  private static int length(byte @Nullable [] value) {
    return value == null ? 0 : value.length;
  }

  @Override
  public List<Row> range(Bytes from, Bytes to, int most) {
    List<Row> found = new ArrayList<>();
    Iterator<Map.Entry<Bytes, Pending>> ours =
        sorted().subMap(from, true, to, true).entrySet().iterator();
    try (KeyValueIterator<Bytes, byte[]> theirs = store.range(from, to)) {
      Map.Entry<Bytes, Pending> our = next(ours);
      while (found.size() < most && (our != null || theirs.hasNext())) {
        int order =
            theirs.hasNext() && our != null ? our.getKey().compareTo(theirs.peekNextKey()) : -1;
        if (our == null || order > 0) {
          KeyValue<Bytes, byte[]> their = theirs.next();
          found.add(new Row(their.key.get(), their.value));
          continue;
        }
        if (order == 0) {
          theirs.next();
        }
        byte @Nullable [] value = our.getValue().value;
        if (value != null) {
          found.add(new Row(our.getKey().get(), value));
        }
        our = next(ours);
      }
    }
    return found;
  }

  @Override
  public @Nullable Row last(Bytes from, Bytes to) {
    Row ours = null;
    for (Map.Entry<Bytes, Pending> our :
        sorted().subMap(from, true, to, true).descendingMap().entrySet()) {
      byte @Nullable [] value = our.getValue().value;
      if (value != null) {
        ours = new Row(our.getKey().get(), value);
        break;
      }
    }
    Bytes least = ours == null ? from : Bytes.wrap(ours.key());
    try (KeyValueIterator<Bytes, byte[]> theirs = store.reverseRange(least, to)) {
      while (theirs.hasNext()) {
        KeyValue<Bytes, byte[]> their = theirs.next();
        if (!pending.containsKey(their.key)) {
          return new Row(their.key.get(), their.value);
        }
      }
    }
    return ours;
  }

  private NavigableMap<Bytes, Pending> sorted() {
    NavigableMap<Bytes, Pending> all = sorted;
    if (all == null) {
      all = new TreeMap<>(pending);
      sorted = all;
    }
    return all;
  }

  private static <T> @Nullable T next(Iterator<T> from) {
    return from.hasNext() ? from.next() : null;
  }

  /** Writes what has changed to the store. */
  void write() {
    List<KeyValue<Bytes, byte[]>> rows = new ArrayList<>(pending.size());
    pending.forEach(
        (key, now) -> {
          if (now.changed && (now.value != null || now.stored)) {
            rows.add(KeyValue.pair(key, now.value));
          }
        });
    store.putAll(rows);
    clear();
  }

  /** Forgets what was not written. */
  void clear() {
    pending.clear();
    sorted = null;
    bytes = 0;
  }
}
