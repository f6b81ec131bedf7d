package dev.counterweight.judging;

import java.nio.ByteBuffer;

/**
 * The class of an event, as it came.
 *
 * @param atMs when it was written, by the broker's clock
 * @param label class index
 */
public record Truth(long atMs, int label) {

  /** Big-endian: time (8), class (4). */
  byte[] toBytes() {
    return ByteBuffer.allocate(Long.BYTES + Integer.BYTES).putLong(atMs).putInt(label).array();
  }

  static Truth of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    return new Truth(in.getLong(), in.getInt());
  }
}
