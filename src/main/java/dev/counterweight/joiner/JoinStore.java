package dev.counterweight.joiner;

import dev.counterweight.joining.Rows;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.jspecify.annotations.Nullable;

/**
 * All that a task knows, in one store and so in one changelog: rows of keys, the index of what is
 * due, and how far the task is. A transaction is complete in one partition of a log before it is in
 * another; of several changelogs, restored while one was completed, the progress might know of
 * records whose rows are not there. The first byte of a key tells which part a row is of; Kafka
 * Streams orders keys as bytes. Used by the task.
 */
final class JoinStore {
  /** The store's name. */
  static final String NAME = "joined";

  private static final byte ROWS = 'r';
  private static final byte DUE = 'd';
  private static final byte PROGRESS = 'p';

  private final KeyValueStore<Bytes, byte[]> store;

  JoinStore(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
  }

  /** Rows of keys, and of events that stand apart. */
  Rows rows() {
    return new Part(ROWS);
  }

  /** The index of what is due. */
  Rows due() {
    return new Part(DUE);
  }

  /** One of the rows that tell how far the task is; null if it was never put. */
  byte @Nullable [] progress(int row) {
    return store.get(progressKey(row));
  }

  void putProgress(int row, byte[] value) {
    store.put(progressKey(row), value);
  }

  private static Bytes progressKey(int row) {
    return Bytes.wrap(ByteBuffer.allocate(1 + Integer.BYTES).put(PROGRESS).putInt(row).array());
  }

  private final class Part implements Rows {
    private final byte part;

    Part(byte part) {
      this.part = part;
    }

    @Override
    public byte @Nullable [] get(byte[] key) {
      return store.get(inStore(key));
    }

    @Override
    public void put(byte[] key, byte[] value) {
      store.put(inStore(key), value);
    }

    /** A store's own delete reads what it deletes. */
    @Override
    public void delete(byte[] key) {
      store.put(inStore(key), null);
    }

    @Override
    public List<Row> range(byte[] from, byte[] to, int most) {
      List<Row> found = new ArrayList<>();
      try (KeyValueIterator<Bytes, byte[]> rows = store.range(inStore(from), inStore(to))) {
        while (found.size() < most && rows.hasNext()) {
          found.add(row(rows.next()));
        }
      }
      return found;
    }

    @Override
    public @Nullable Row last(byte[] from, byte[] to) {
      try (KeyValueIterator<Bytes, byte[]> rows = store.reverseRange(inStore(from), inStore(to))) {
        return rows.hasNext() ? row(rows.next()) : null;
      }
    }

    private Bytes inStore(byte[] key) {
      byte[] whole = new byte[1 + key.length];
      whole[0] = part;
      System.arraycopy(key, 0, whole, 1, key.length);
      return Bytes.wrap(whole);
    }

    private static Row row(KeyValue<Bytes, byte[]> found) {
      byte[] whole = found.key.get();
      return new Row(Arrays.copyOfRange(whole, 1, whole.length), found.value);
    }
  }
}
