package dev.counterweight.simulation;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/** What a task's store was at every commit, as its changelog tells. Not thread-safe. */
final class Changelog {
  private final Set<Transaction> writing = new LinkedHashSet<>();
  private final TreeMap<Bytes, byte[]> rows = new TreeMap<>();
  private final Map<Bytes, byte @Nullable []> before = new HashMap<>(); // what it last changed

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

  void writes(Transaction by, Map<Bytes, byte @Nullable []> changes) {
    writing.add(by);
    by.then(
        () -> {
          before.clear();
          changes.forEach((key, value) -> before.put(key, set(rows, key, value)));
        });
  }

  /** What there was before. */
  private static byte @Nullable [] set(
      Map<Bytes, byte[]> rows, Bytes key, byte @Nullable [] value) {
    return value == null ? rows.remove(key) : rows.put(key, value);
  }
}
