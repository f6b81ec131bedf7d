package dev.counterweight.judging;

import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;

/**
 * What was served for an event.
 *
 * @param atMs when it was written, by the broker's clock
 * @param decision class index
 * @param probabilities of each class; shared, not to be written to
 */
@SuppressWarnings("ArrayRecordComponent") // compared nowhere
public record Answer(long atMs, int decision, double[] probabilities) {
  private static final int HEAD = Long.BYTES + Integer.BYTES;

  public Answer {
    if (decision < 0 || decision >= probabilities.length) {
      throw new InvariantException(
          "an answer decides for one of its classes",
          "0 to " + (probabilities.length - 1),
          decision);
    }
  }

  /** Big-endian: time (8), decision (4), probability of each class (8). */
  byte[] toBytes() {
    ByteBuffer out =
        ByteBuffer.allocate(HEAD + probabilities.length * Double.BYTES)
            .putLong(atMs)
            .putInt(decision);
    for (double probability : probabilities) {
      out.putDouble(probability);
    }
    return out.array();
  }

  static Answer of(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long atMs = in.getLong();
    int decision = in.getInt();
    double[] probabilities = new double[in.remaining() / Double.BYTES];
    for (int c = 0; c < probabilities.length; c++) {
      probabilities[c] = in.getDouble();
    }
    return new Answer(atMs, decision, probabilities);
  }

  static long atMs(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }
}
