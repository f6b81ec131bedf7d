package dev.counterweight.kafka;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** Arrays that are lent and used again, of so many bytes in all. Not thread-safe. */
final class LentArrays {
  private static final int GRAIN = 64 << 10;

  private final long mostBytes;
  private final Deque<byte[]> spare = new ArrayDeque<>();
  private long lentBytes;
  private long spareBytes;

  LentArrays(long mostBytes) {
    this.mostBytes = mostBytes;
  }

  /** How long an array is that so much fits into; lengths are few, so that one fits again. */
  static long length(long bytes) {
    return (bytes + GRAIN - 1) / GRAIN * GRAIN;
  }

  /**
   * An array of a length that {@link #length} gives, with whatever stands in it; null where it
   * would be too much.
   */
  byte @Nullable [] lend(long length) {
    if (length > mostBytes - lentBytes) {
      return null;
    }
    lentBytes += length;
    for (byte[] one : spare) {
      if (one.length == length) {
        spare.remove(one);
        spareBytes -= length;
        return one;
      }
    }
    while (spareBytes + lentBytes > mostBytes) {
      spareBytes -= spare.remove().length;
    }
    return new byte[(int) length];
  }

  void putBack(byte[] array) {
    lentBytes -= array.length;
    spareBytes += array.length;
    spare.add(array);
  }

  /** Lets go of what is not lent. */
  void clear() {
    spare.clear();
    spareBytes = 0;
  }
}
