package dev.counterweight.streams;

import dev.counterweight.joining.DueRows;
import java.nio.ByteBuffer;
import java.util.Map;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.streams.processor.StateStore;
import org.apache.kafka.streams.processor.StateStoreContext;
import org.apache.kafka.streams.state.KeyValueStore;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;
import org.apache.kafka.streams.state.internals.AbstractStoreBuilder;
import org.apache.kafka.streams.state.internals.WrappedStateStore;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link TaskStore} is over, on disk and with a changelog: what changes is in memory until
 * Kafka Streams is about to commit, and of no account if it does not. It asks for what is cached
 * then ({@link #flushCache}), before it ends the transaction. Used by the task.
 */
public final class CommitStore
    extends WrappedStateStore<KeyValueStore<Bytes, byte[]>, byte[], byte[]> {
  /** The row of progress that is this store's own. */
  private static final int PAGES_ROW = -1;

  private final PendingRows pending;
  private final TaskStore rows;
  private @Nullable DuePages due;
  private Runnable beforeCommit = () -> {};

  CommitStore(KeyValueStore<Bytes, byte[]> store) {
    super(store);
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
        name, Map.of(TopicConfig.MAX_MESSAGE_BYTES_CONFIG, Integer.toString(rowBytes)));
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
  public void init(StateStoreContext context, StateStore root) {
    clearCache();
    super.init(context, root);
  }

  @Override
  public void close() {
    clearCache();
    super.close();
  }

  /** Makes such a store over one of Kafka Streams' own, which is on disk. */
  private static final class Builder extends AbstractStoreBuilder<byte[], byte[], CommitStore> {
    Builder(String name, Map<String, String> changelog) {
      super(name, Serdes.ByteArray(), Serdes.ByteArray(), Time.SYSTEM);
      withLoggingEnabled(changelog);
    }

    @Override
    public CommitStore build() {
      return new CommitStore(
          Stores.keyValueStoreBuilder(
                  Stores.persistentKeyValueStore(name), Serdes.Bytes(), Serdes.ByteArray())
              .withCachingDisabled()
              .withLoggingEnabled(logConfig())
              .build());
    }
  }
}
