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

  private final KeyValueStore<Bytes, byte[]> store;

  public TaskStore(KeyValueStore<Bytes, byte[]> store) {
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

  public void putProgress(int row, byte[] value) {
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
