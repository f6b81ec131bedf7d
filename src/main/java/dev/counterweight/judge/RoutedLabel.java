package dev.counterweight.judge;

import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;

/**
 * What is written again of the labelled events, into the partition that the event stands in: a
 * label, or a mark that tells how far a partition of theirs has been written. The mark follows all
 * that was written of it before, in every partition.
 *
 * <p>Bytes, big-endian: kind (1), partition (4) and offset (8) among the labelled events, time (8);
 * of a label, what {@link JudgeRecord} has of it.
 *
 * @param partition of the labelled events
 * @param offset of the record there; of a mark, the next that is read
 * @param atMs when the record was written there; of a mark, the newest that was read
 * @param label of a label; empty of a mark
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
record RoutedLabel(byte kind, int partition, long offset, long atMs, byte[] label) {
  static final byte MARK = 1;
  static final byte LABEL = 2;

  private static final int HEAD = 1 + Integer.BYTES + 2 * Long.BYTES;
  private static final byte[] NONE = {};

  static byte[] mark(int partition, long next, long atMs) {
    return new RoutedLabel(MARK, partition, next, atMs, NONE).toBytes();
  }

  static byte[] label(int partition, long offset, long atMs, byte[] label) {
    return new RoutedLabel(LABEL, partition, offset, atMs, label).toBytes();
  }

  private byte[] toBytes() {
    return ByteBuffer.allocate(HEAD + label.length)
        .put(kind)
        .putInt(partition)
        .putLong(offset)
        .putLong(atMs)
        .put(label)
        .array();
  }

  /** Reads what one of those made. */
  static RoutedLabel of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte kind = in.get();
    if (kind != MARK && kind != LABEL) {
      throw new InvariantException("a routed label is of a known kind", "1 or 2", kind);
    }
    int partition = in.getInt();
    long offset = in.getLong();
    long atMs = in.getLong();
    byte[] label = new byte[in.remaining()];
    in.get(label);
    return new RoutedLabel(kind, partition, offset, atMs, label);
  }
}
