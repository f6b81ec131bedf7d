package dev.counterweight.judge;

import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;

/**
 * What of a record of either topic is judged, as bytes that go through Kafka Streams.
 *
 * <p>Big-endian: kind (1); of a score and of a label where the event stands, partition (4) and
 * offset (8), and the class (4), of a score the one decided for; then of a score the probability of
 * each class (8).
 *
 * @param kind one of these constants
 * @param partition of the event
 * @param offset of the event
 * @param label class index; of a label also {@link #NO_CLASS}
 * @param probabilities of a score
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
record JudgeRecord(byte kind, int partition, long offset, int label, double[] probabilities) {
  static final byte SCORE = 1;
  static final byte LABEL = 2;
  static final byte CORRECTION = 3;

  /** One that is no score. */
  static final byte UNREADABLE = 4;

  /** No record: it tells how far its topic is read. */
  static final byte POSITION = 5;

  /** The class of a label that is of none of this process's. */
  static final int NO_CLASS = -1;

  private static final int HEAD = 1 + Integer.BYTES + Long.BYTES + Integer.BYTES;
  private static final double[] NONE = {};
  private static final byte[] ONLY_UNREADABLE = {UNREADABLE};
  private static final byte[] ONLY_POSITION = {POSITION};

  static byte[] score(int partition, long offset, int decision, double[] probabilities) {
    ByteBuffer out = head(SCORE, partition, offset, decision, probabilities.length * Double.BYTES);
    for (double probability : probabilities) {
      out.putDouble(probability);
    }
    return out.array();
  }

  static byte[] label(int partition, long offset, int label, boolean correction) {
    return head(correction ? CORRECTION : LABEL, partition, offset, label, 0).array();
  }

  static byte[] unreadable() {
    return ONLY_UNREADABLE;
  }

  static byte[] position() {
    return ONLY_POSITION;
  }

  private static ByteBuffer head(byte kind, int partition, long offset, int label, int rest) {
    return ByteBuffer.allocate(HEAD + rest)
        .put(kind)
        .putInt(partition)
        .putLong(offset)
        .putInt(label);
  }

  /** Reads what one of those made. */
  static JudgeRecord of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    byte kind = in.get();
    return switch (kind) {
      case SCORE, LABEL, CORRECTION ->
          new JudgeRecord(kind, in.getInt(), in.getLong(), in.getInt(), probabilities(in));
      case UNREADABLE, POSITION -> new JudgeRecord(kind, -1, -1, -1, NONE);
      default ->
          throw new InvariantException("a record to judge by is of a known kind", "1 to 5", kind);
    };
  }

  private static double[] probabilities(ByteBuffer in) {
    double[] all = new double[in.remaining() / Double.BYTES];
    for (int c = 0; c < all.length; c++) {
      all[c] = in.getDouble();
    }
    return all;
  }
}
