package dev.counterweight.sampling;

import dev.counterweight.batch.RecentShares;
import java.util.Arrays;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The recent labels of the partitions in hand, each a stream of its own, and what the open record
 * tells of them. Not thread-safe.
 */
final class RecentLabels {
  private final int classes;
  private final int size; // of the shares before one event
  private final SortedMap<Integer, FadingShares> streams = new TreeMap<>();
  private float[] before = {};
  private int rows;

  RecentLabels(int classes) {
    this.classes = classes;
    this.size = RecentShares.FADES * classes;
  }

  /**
   * Takes a partition in hand.
   *
   * @param shares as its last record left them; null to begin
   */
  void open(int partition, float @Nullable [] shares) {
    streams.put(
        partition, shares == null ? new FadingShares(classes) : new FadingShares(classes, shares));
  }

  void close(int partition) {
    streams.remove(partition);
  }

  /** Lets all partitions go. */
  void clear() {
    streams.clear();
    rows = 0;
  }

  /** Adds a row, of an event of this partition that {@link #saw} has not taken in yet. */
  void row(int partition) {
    int at = rows * size;
    if (at + size > before.length) {
      before = Arrays.copyOf(before, Math.max(64 * size, 2 * before.length));
    }
    stream(partition).read(before, at);
    rows++;
  }

  /** Takes in an event's label. */
  void saw(int partition, int label) {
    stream(partition).saw(label);
  }

  /** What the record that is cut now tells; the next one begins without rows. */
  RecentShares cut() {
    SortedMap<Integer, float[]> after = new TreeMap<>();
    streams.forEach((partition, stream) -> after.put(partition, stream.cut()));
    RecentShares told = new RecentShares(Arrays.copyOf(before, rows * size), after);
    rows = 0;
    return told;
  }

  /** An upper bound of what a record of so many partitions and rows takes for them. */
  long bytes(int partitions, int evaluated) {
    return RecentShares.bytes(classes, (long) partitions + evaluated);
  }

  private FadingShares stream(int partition) {
    return Objects.requireNonNull(streams.get(partition), "a partition in hand");
  }
}
