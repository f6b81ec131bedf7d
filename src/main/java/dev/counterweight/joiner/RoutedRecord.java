package dev.counterweight.joiner;

import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;

/**
 * What is written again of a side for its join: a record of it, or a mark that tells how far a
 * partition of its topic has been written. The mark follows all that was written of it before, in
 * every partition.
 *
 * <p>Bytes, big-endian: kind (1), partition (4) and offset (8) in the side's topic, time (8); then
 * of an event its body, of a label its class (4), of a mark whether records were read since the
 * last (1) and up to which time (8). The record's key is the join key.
 *
 * @param partition of the side's topic
 * @param offset of the record; of a mark, the next that is read
 * @param timeMs under which the record is held; of a mark, the greatest read, or {@link
 *     dev.counterweight.joining.JoinClock#UNKNOWN}
 * @param label of a label
 * @param read of a mark
 * @param upToMs of a mark, see {@link dev.counterweight.joining.ReadTimes}
 * @param body of an event, see {@link HeldBody}
 */
@SuppressWarnings("ArrayRecordComponent")
record RoutedRecord(
    byte kind,
    int partition,
    long offset,
    long timeMs,
    int label,
    boolean read,
    long upToMs,
    byte[] body) {
  static final byte MARK = 1;
  static final byte EVENT = 2;
  static final byte LABEL = 3;

  private static final int HEAD = 1 + Integer.BYTES + 2 * Long.BYTES;
  private static final byte[] NONE = {};

  static byte[] mark(int partition, long next, long greatestMs, boolean read, long upToMs) {
    return head(MARK, partition, next, greatestMs, 1 + Long.BYTES)
        .put((byte) (read ? 1 : 0))
        .putLong(upToMs)
        .array();
  }

  static byte[] event(int partition, long offset, long heldMs, byte[] body) {
    return head(EVENT, partition, offset, heldMs, body.length).put(body).array();
  }

  static byte[] label(int partition, long offset, long heldMs, int label) {
    return head(LABEL, partition, offset, heldMs, Integer.BYTES).putInt(label).array();
  }

  private static ByteBuffer head(byte kind, int partition, long offset, long timeMs, int rest) {
    return ByteBuffer.allocate(HEAD + rest)
        .put(kind)
        .putInt(partition)
        .putLong(offset)
        .putLong(timeMs);
  }

  /** Reads what one of those made. */
  static RoutedRecord of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte kind = in.get();
    int partition = in.getInt();
    long offset = in.getLong();
    long timeMs = in.getLong();
    return switch (kind) {
      case MARK ->
          new RoutedRecord(kind, partition, offset, timeMs, -1, in.get() == 1, in.getLong(), NONE);
      case LABEL ->
          new RoutedRecord(kind, partition, offset, timeMs, in.getInt(), true, timeMs, NONE);
      case EVENT -> {
        byte[] body = new byte[in.remaining()];
        in.get(body);
        yield new RoutedRecord(kind, partition, offset, timeMs, -1, true, timeMs, body);
      }
      default -> throw new InvariantException("a routed record is of a known kind", "1 to 3", kind);
    };
  }
}
