package dev.counterweight.joining;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Keys of rows, big-endian. The row of a join key: its length as a varint, and it; the length
 * first, so that no key's rows are among another's. Rows of an event that stands apart: that, then
 * what the row is (1), time (8, the sign bit turned, so that bytes go by time), partition (4),
 * offset (8).
 */
final class RowKeys {
  /** An event that waits. */
  static final byte WAITING = 1;

  /** What was written of an event. */
  static final byte WRITTEN = 2;

  /** The body of an event that was written and may be corrected. */
  static final byte BODY = 3;

  private static final int EVENT = 1 + Long.BYTES + Integer.BYTES + Long.BYTES;

  private RowKeys() {}

  static byte[] ofKey(byte[] joinKey) {
    int length = joinKey.length;
    int digits = 1;
    for (int rest = length >>> 7; rest != 0; rest >>>= 7) {
      digits++;
    }
    byte[] row = new byte[digits + length];
    int at = 0;
    for (; length > 0x7f; length >>>= 7) {
      row[at++] = (byte) (length | 0x80);
    }
    row[at] = (byte) length;
    System.arraycopy(joinKey, 0, row, digits, joinKey.length);
    return row;
  }

  /** The join key that a row is of. */
  static byte[] joinKey(byte[] keyRow) {
    int digits = 1;
    while (keyRow[digits - 1] < 0) {
      digits++;
    }
    return Arrays.copyOfRange(keyRow, digits, keyRow.length);
  }

  static byte[] ofEvent(byte[] keyRow, byte what, long timeMs, int partition, long offset) {
    return ByteBuffer.wrap(Arrays.copyOf(keyRow, keyRow.length + EVENT))
        .position(keyRow.length)
        .put(what)
        .putLong(timeMs ^ Long.MIN_VALUE)
        .putInt(partition)
        .putLong(offset)
        .array();
  }

  /** Before all events of this time. */
  static byte[] from(byte[] keyRow, byte what, long timeMs) {
    return ofEvent(keyRow, what, timeMs, 0, 0);
  }

  /** After all events of this time. */
  static byte[] to(byte[] keyRow, byte what, long timeMs) {
    return ofEvent(keyRow, what, timeMs, -1, -1);
  }

  static long timeMs(byte[] row) {
    return ByteBuffer.wrap(row).getLong(row.length - EVENT + 1) ^ Long.MIN_VALUE;
  }

  static Origin origin(byte[] row) {
    ByteBuffer bytes = ByteBuffer.wrap(row);
    return new Origin(
        bytes.getInt(row.length - Integer.BYTES - Long.BYTES),
        bytes.getLong(row.length - Long.BYTES));
  }
}
