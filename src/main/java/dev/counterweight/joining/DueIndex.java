package dev.counterweight.joining;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/**
 * Which key's row is to be looked at when: rows without values, of the time (8, big-endian, the
 * sign bit turned) and the key of the row. An entry may be there for nothing; none is missing. Not
 * thread-safe.
 */
final class DueIndex {
  private static final byte[] NOTHING = {};
  private static final long NEVER = Long.MAX_VALUE;

  private final Rows index;
  private final Totals totals;

  /** No entry is before it; unknown at the start. */
  private long soonestMs = JoinClock.UNKNOWN;

  DueIndex(Rows index, Totals totals) {
    this.index = index;
    this.totals = totals;
  }

  void put(long dueMs, byte[] keyRow) {
    index.put(
        ByteBuffer.allocate(Long.BYTES + keyRow.length)
            .putLong(dueMs ^ Long.MIN_VALUE)
            .put(keyRow)
            .array(),
        NOTHING);
    totals.due(dueMs);
    soonestMs = Math.min(soonestMs, dueMs);
  }

  /** The entries up to a time, ascending. */
  List<Rows.Row> due(long untilMs, int most) {
    if (untilMs < totals.fromMs()) {
      return List.of(); // the clock was set back
    }
    return index.range(bytes(totals.fromMs()), bytes(untilMs == NEVER ? NEVER : untilMs + 1), most);
  }

  void delete(Rows.Row entry) {
    index.delete(entry.key());
  }

  boolean nothingUntil(long ms) {
    return soonestMs == NEVER || soonestMs > ms;
  }

  /** The time of the first entry, or the greatest long. */
  long firstMs() {
    if (soonestMs == JoinClock.UNKNOWN) {
      lookForFirst();
    }
    return soonestMs;
  }

  /** To be called when entries may have gone. */
  void lookForFirst() {
    List<Rows.Row> first = due(NEVER, 1);
    soonestMs = first.isEmpty() ? NEVER : dueMs(first.get(0));
  }

  static long dueMs(Rows.Row entry) {
    return ByteBuffer.wrap(entry.key()).getLong() ^ Long.MIN_VALUE;
  }

  static byte[] keyRow(Rows.Row entry) {
    return Arrays.copyOfRange(entry.key(), Long.BYTES, entry.key().length);
  }

  private static byte[] bytes(long dueMs) {
    return ByteBuffer.allocate(Long.BYTES).putLong(dueMs ^ Long.MIN_VALUE).array();
  }
}
