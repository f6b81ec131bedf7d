package dev.counterweight.streams;

import dev.counterweight.joining.Rows;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.state.KeyValueIterator;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.jspecify.annotations.Nullable;

/**
 * All that a task knows, in one store and so in one changelog: rows of several parts, and how far
 * the task is. A transaction is complete in one partition of a log before it is in another; of
 * several changelogs, restored while one was completed, the progress might know of records whose
 * rows are not there. The first byte of a key tells which part a row is of; Kafka Streams orders
 * keys as bytes. Used by the task.
 */
public final class TaskStore {
  private static final byte PROGRESS = 'p';

  private final Stored store;

  /** Rows by the keys that they have in the store. */
  interface Stored {
    byte @Nullable [] get(Bytes key);

    /**
     * @param value null deletes the row
     */
    void put(Bytes key, byte @Nullable [] value);

    /**
     * The first rows of a range, ascending, both ends inclusive.
     *
     * @param most how many at most
     */
    List<Rows.Row> range(Bytes from, Bytes to, int most);

    /** The last row of a range; both ends inclusive. */
    Rows.@Nullable Row last(Bytes from, Bytes to);
  }

  /** Rows that are in a store as soon as they are put. */
  public TaskStore(KeyValueStore<Bytes, byte[]> store) {
    this(new Direct(store));
  }

  TaskStore(Stored store) {
    this.store = store;
  }

  /**
   * Such a store, on disk, and cached, so that what comes and goes within a commit is never written
   * down.
   *
   * @param rowBytes most bytes of a row in its changelog
   */
  public static StoreBuilder<KeyValueStore<Bytes, byte[]>> builder(String name, int rowBytes) {
    return Stores.keyValueStoreBuilder(
            Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
        .withCachingEnabled()
        .withLoggingEnabled(
            Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(rowBytes)));
  }

  /** The topic in which Kafka Streams keeps such a store. */
  public static String changelog(String applicationId, String name) {
    return applicationId + "-" + name + "-changelog";
  }

  /**
   * The rows of a part.
   *
   * @param part any byte but that of {@code 'p'}
   */
  public Rows part(char part) {
    if (part == PROGRESS) {
      throw new IllegalArgumentException("part '" + part + "' tells how far the task is");
    }
    return new Part((byte) part);
  }

  /** One of the rows that tell how far the task is; null if it was never put. */
  public byte @Nullable [] progress(int row) {
    return store.get(progressKey(row));
  }

  /**
   * Puts one of them. One that is as it was is not written: a store restored before the transaction
   * of the committed offsets was complete has an older row, which would take the place of the newer
   * in the changelog before a first record tells.
   */
  public void putProgress(int row, byte[] value) {
    Bytes key = progressKey(row);
    if (!Arrays.equals(store.get(key), value)) {
      store.put(key, value);
    }
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

    @Override
    public void delete(byte[] key) {
      store.put(inStore(key), null);
    }

    @Override
    public List<Row> range(byte[] from, byte[] to, int most) {
      return store.range(inStore(from), inStore(to), most).stream().map(Part::row).toList();
    }

    @Override
    public @Nullable Row last(byte[] from, byte[] to) {
      Row last = store.last(inStore(from), inStore(to));
      return last == null ? null : row(last);
    }

    private Bytes inStore(byte[] key) {
      byte[] whole = new byte[1 + key.length];
      whole[0] = part;
      System.arraycopy(key, 0, whole, 1, key.length);
      return Bytes.wrap(whole);
    }

    private static Row row(Row found) {
      return new Row(Arrays.copyOfRange(found.key(), 1, found.key().length), found.value());
    }
  }

  private record Direct(KeyValueStore<Bytes, byte[]> store) implements Stored {
    @Override
    public byte @Nullable [] get(Bytes key) {
      return store.get(key);
    }

    /** A store's own delete reads what it deletes. */
    @Override
    public void put(Bytes key, byte @Nullable [] value) {
      store.put(key, value);
    }

    @Override
    public List<Rows.Row> range(Bytes from, Bytes to, int most) {
      List<Rows.Row> found = new ArrayList<>();
      try (KeyValueIterator<Bytes, byte[]> rows = store.range(from, to)) {
        while (found.size() < most && rows.hasNext()) {
          found.add(row(rows.next()));
        }
      }
      return found;
    }

    @Override
    public Rows.@Nullable Row last(Bytes from, Bytes to) {
      try (KeyValueIterator<Bytes, byte[]> rows = store.reverseRange(from, to)) {
        return rows.hasNext() ? row(rows.next()) : null;
      }
    }

    private static Rows.Row row(KeyValue<Bytes, byte[]> found) {
      return new Rows.Row(found.key.get(), found.value);
    }
  }
}
