package dev.counterweight.learning;

import java.util.Arrays;

/**
 * The rows of a table that a step touches, each once, in the order in which they appear: what it
 * costs follows their number, not the table's. Not thread-safe.
 */
final class TouchedRows {
  private static final int FREE = -1;

  /** Open addressing, at most half full. */
  private int[] keys = new int[0];

  private int[] places = new int[0];
  private int[] rows = new int[0];
  private int count;

  /**
   * Forgets them.
   *
   * @param most rows that may be added now
   */
  void clear(int most) {
    count = 0;
    if (rows.length < most) {
      rows = new int[most];
      int capacity = Integer.highestOneBit(Math.max(1, most)) << 2;
      keys = new int[capacity];
      places = new int[capacity];
    }
    Arrays.fill(keys, FREE);
  }

  /** The place of a row among those touched; a row that is new gets the next. */
  int place(int row) {
    int mask = keys.length - 1;
    // Fibonacci hashing: the golden ratio spreads rows that follow one another.
    int at = (row * 0x9E3779B9) >>> (Integer.numberOfLeadingZeros(keys.length) + 1);
    while (keys[at] != FREE) {
      if (keys[at] == row) {
        return places[at];
      }
      at = (at + 1) & mask;
    }
    keys[at] = row;
    places[at] = count;
    rows[count] = row;
    return count++;
  }

  /** Rows touched. */
  int count() {
    return count;
  }

  /** The row of a place. */
  int row(int place) {
    return rows[place];
  }
}
