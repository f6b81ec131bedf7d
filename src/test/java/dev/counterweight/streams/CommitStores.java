package dev.counterweight.streams;

import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.state.KeyValueStore;

/** {@link CommitStore}s over stores that are no disk's. */
public final class CommitStores {
  private CommitStores() {}

  /** Such a store. */
  public static CommitStore over(KeyValueStore<Bytes, byte[]> store) {
    return new CommitStore(store);
  }
}
