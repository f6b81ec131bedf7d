package dev.counterweight.simulation;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * What a task's store was at every commit, as its changelog tells. Not thread-safe.
 *
 * <p>A stale one is as before the last commit that moved an offset: that is what the roles promise
 * to see, by the offset that the state itself tells. A commit of the clock alone (waits that
 * expired) moves none, so that no offset tells it from the commit before. Kafka Streams restores up
 * to the end of the changelog, which replicas that are in sync keep.
 */
final class Changelog {
  private final Set<Transaction> writing = new LinkedHashSet<>();
  private final TreeMap<Bytes, byte[]> rows = new TreeMap<>();
  private final Map<Bytes, byte @Nullable []> before = new HashMap<>(); // since offsets last moved

  /** Rows of a store that is restored from it. */
  TreeMap<Bytes, byte[]> rows(boolean stale) {
    TreeMap<Bytes, byte[]> restored = new TreeMap<>(rows);
    if (stale) {
      before.forEach((key, value) -> set(restored, key, value));
    }
    return restored;
  }

  /** Whether a reader of committed records would wait before the end. */
  boolean blocked() {
    writing.removeIf(transaction -> !transaction.open() && transaction.complete());
    return !writing.isEmpty();
  }

  /**
   * @param moved whether the transaction commits other offsets of the task's inputs than the one
   *     before
   */
  void writes(Transaction by, boolean moved, Map<Bytes, byte @Nullable []> changes) {
    writing.add(by);
    by.then(
        () -> {
          if (moved) {
            before.clear();
          }
          changes.forEach(
              (key, value) -> {
                byte @Nullable [] old = set(rows, key, value);
                if (!before.containsKey(key)) {
                  before.put(key, old);
                }
              });
        });
  }

  /** What there was before. */
  private static byte @Nullable [] set(
      Map<Bytes, byte[]> rows, Bytes key, byte @Nullable [] value) {
    return value == null ? rows.remove(key) : rows.put(key, value);
  }
}
