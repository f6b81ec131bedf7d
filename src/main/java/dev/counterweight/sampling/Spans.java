package dev.counterweight.sampling;

import dev.counterweight.protocol.Span;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** What the open record covers of each partition in hand: a run from one offset to another. */
final class Spans {
  private static final long NONE = -1;

  private long[] from = {};
  private long[] to = {};
  private int held;
  private boolean progress;

  /** Takes a partition in hand: its next offset to use is {@code position}. */
  void open(int partition, long position) {
    if (partition >= from.length) {
      int length = from.length;
      from = Arrays.copyOf(from, partition + 1);
      to = Arrays.copyOf(to, partition + 1);
      Arrays.fill(from, length, from.length, NONE);
      Arrays.fill(to, length, to.length, NONE);
    }
    held += to[partition] == NONE ? 1 : 0;
    from[partition] = position;
    to[partition] = position;
  }

  /** Lets a partition go. */
  void close(int partition) {
    if (!holds(partition)) {
      return;
    }
    held--;
    from[partition] = NONE;
    to[partition] = NONE;
  }

  /** How many partitions are in hand. */
  int held() {
    return held;
  }

  boolean holds(int partition) {
    return partition < to.length && to[partition] != NONE;
  }

  /** The next offset of a partition in hand to be used. */
  long position(int partition) {
    if (!holds(partition)) {
      throw new IllegalStateException("partition " + partition + " is not in hand");
    }
    return to[partition];
  }

  /** Everything below {@code position} is used; a position already passed changes nothing. */
  void advance(int partition, long position) {
    if (position > position(partition)) {
      to[partition] = position;
      progress = true;
    }
  }

  /** Whether any position moved since the last {@link #cut}. */
  boolean progress() {
    return progress;
  }

  /** The spans, of every partition in hand; the next ones begin where these end. */
  SortedMap<Integer, Span> cut() {
    SortedMap<Integer, Span> spans = new TreeMap<>();
    for (int partition = 0; partition < to.length; partition++) {
      if (to[partition] != NONE) {
        spans.put(partition, new Span(from[partition], to[partition]));
        from[partition] = to[partition];
      }
    }
    progress = false;
    return spans;
  }

  /** Lets every partition go. */
  void clear() {
    Arrays.fill(from, NONE);
    Arrays.fill(to, NONE);
    held = 0;
    progress = false;
  }
}
