package dev.counterweight.streams;

import dev.counterweight.joining.DueRows;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.query.Position;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.CacheFlushListener;
import org.apache.kafka.streams.state.internals.CachedStateStore;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link TaskStore} is over, on disk and with a changelog: what changes is in memory until
 * Kafka Streams is about to commit, and of no account if it does not. It asks for what is cached
 * then ({@link #flushCache}), before it ends the transaction. Used by the task.
 */
public final class CommitStore implements StateStore, CachedStateStore<byte[], byte[]> {
  /** The row of progress that is this store's own. */
  private static final int PAGES_ROW = -1;

  private final KeyValueStore<Bytes, byte[]> store;
  private final PendingRows pending;
  private final TaskStore rows;
  private @Nullable DuePages due;
  private Runnable beforeCommit = () -> {};

  CommitStore(KeyValueStore<Bytes, byte[]> store) {
    this.store = store;
    this.pending = new PendingRows(store);
    this.rows = new TaskStore(pending);
  }

  /**
   * Such a store.
   *
   * @param rowBytes most bytes of a row in its changelog
   */
  public static StoreBuilder<CommitStore> builder(String name, int rowBytes) {
    return new Builder(
        Stores.keyValueStoreBuilder(
                Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
            .withCachingDisabled()
            .withLoggingEnabled(
                Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(rowBytes))));
  }

  /** Its rows, and how far the task is: rows of 0 or more. */
  public TaskStore rows() {
    return rows;
  }

  /**
   * What is due, which one part has.
   *
   * @param part of the store, that is not asked for rows
   */
  public DueRows due(char part) {
    byte @Nullable [] next = rows.progress(PAGES_ROW);
    DuePages pages =
        new DuePages((byte) part, pending, next == null ? 0 : ByteBuffer.wrap(next).getLong());
    due = pages;
    return pages;
  }

  /** What puts how far the task is, whenever that is about to be written. */
  public void beforeCommit(Runnable put) {
    beforeCommit = put;
  }

  @Override
  public void flushCache() {
    beforeCommit.run();
    DuePages pages = due;
    if (pages != null) {
      long before = pages.nextNumber();
      pages.store();
      if (pages.nextNumber() != before) {
        rows.putProgress(
            PAGES_ROW, ByteBuffer.allocate(Long.BYTES).putLong(pages.nextNumber()).array());
      }
    }
    pending.write();
  }

  @Override
  public void clearCache() {
    pending.clear();
    due = null;
    beforeCommit = () -> {};
  }

  @Override
  public boolean setFlushListener(CacheFlushListener<byte[], byte[]> listener, boolean sendOld) {
    return false;
  }

  @Override
  public String name() {
    return store.name();
  }

  @Override
  public void init(StateStoreContext context, StateStore root) {
    clearCache();
    store.init(context, root);
  }

  @Override
  public void commit(Map<TopicPartition, Long> changelogOffsets) {
    store.commit(changelogOffsets);
  }

  @Override
  public @Nullable Long committedOffset(TopicPartition partition) {
    return store.committedOffset(partition);
  }

  @Override
  @SuppressWarnings("deprecation") // Kafka Streams asks for it, and the store within answers.
  public boolean managesOffsets() {
    return store.managesOffsets();
  }

  @Override
  public Position getPosition() {
    return store.getPosition();
  }

  @Override
  public boolean persistent() {
    return store.persistent();
  }

  @Override
  public boolean isOpen() {
    return store.isOpen();
  }

  @Override
  public void close() {
    clearCache();
    store.close();
  }

  /**
   * Makes such a store over one of Kafka Streams' own.
   *
   * @param inner makes that
   */
  private record Builder(StoreBuilder<KeyValueStore<Bytes, byte[]>> inner)
      implements StoreBuilder<CommitStore> {
    @Override
    public CommitStore build() {
      return new CommitStore(inner.build());
    }

    @Override
    public String name() {
      return inner.name();
    }

    @Override
    public boolean loggingEnabled() {
      return inner.loggingEnabled();
    }

    @Override
    public Map<String, String> logConfig() {
      return inner.logConfig();
    }

    @Override
    public StoreBuilder<CommitStore> withLoggingEnabled(Map<String, String> config) {
      return new Builder(inner.withLoggingEnabled(config));
    }

    @Override
    public StoreBuilder<CommitStore> withLoggingDisabled() {
      return new Builder(inner.withLoggingDisabled());
    }

    @Override
    public StoreBuilder<CommitStore> withCachingEnabled() {
      throw new UnsupportedOperationException("it caches by itself");
    }

    @Override
    public StoreBuilder<CommitStore> withCachingDisabled() {
      throw new UnsupportedOperationException("it caches by itself");
    }
  }
}
