package dev.counterweight.simulation;

import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.apache.kafka.common.utils.Bytes;
import org.jspecify.annotations.Nullable;

/** What a task's store was at every commit, as its changelog tells. Not thread-safe. */
final class Changelog {
  private final Set<Transaction> writing = new LinkedHashSet<>();
  private TreeMap<Bytes, byte[]> rows = new TreeMap<>();
  private TreeMap<Bytes, byte[]> before = new TreeMap<>();
  private boolean written;

  /** Rows of a store that is restored from it. */
  TreeMap<Bytes, byte[]> rows(boolean stale) {
    return new TreeMap<>(stale && written ? before : rows);
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
          before = new TreeMap<>(rows);
          written = true;
          changes.forEach(
              (key, value) -> {
                if (value == null) {
                  rows.remove(key);
                } else {
                  rows.put(key, value);
                }
              });
        });
  }
}
