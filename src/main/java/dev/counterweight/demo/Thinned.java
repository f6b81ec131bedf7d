package dev.counterweight.demo;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A series of any length in bounded memory: every n-th point, n a power of two that grows as the
 * series does, and always the newest one.
 */
final class Thinned<T> {
  private final int capacity;
  private final List<T> kept = new ArrayList<>();
  private long stride = 1;
  private long added;
  private @Nullable T newest;

  /**
   * An empty series.
   *
   * @param capacity points kept at most, the newest apart; at least 2
   */
  Thinned(int capacity) {
    this.capacity = capacity;
  }

  void add(T point) {
    if (added % stride == 0) {
      if (kept.size() == capacity) {
        halve();
      }
      if (added % stride == 0) {
        kept.add(point);
      }
    }
    newest = point;
    added++;
  }

  /** The points kept, oldest first. */
  List<T> points() {
    List<T> all = new ArrayList<>(kept);
    if (newest != null && (added - 1) % stride != 0) {
      all.add(newest);
    }
    return all;
  }

  private void halve() {
    stride *= 2;
    for (int i = kept.size() / 2 * 2 - 1; i > 0; i -= 2) {
      kept.remove(i);
    }
  }
}
