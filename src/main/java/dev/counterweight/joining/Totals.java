package dev.counterweight.joining;

import dev.counterweight.protocol.InvariantException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;

/**
 * What a join knows of all its rows together; to be stored whenever rows are, in the same
 * transaction. Not thread-safe.
 */
public final class Totals {
  private static final byte VERSION = 1;

  private final WaitingTimes waiting = new WaitingTimes();
  private long labels;
  private long walkedMs = JoinClock.UNKNOWN;
  private long fromMs = JoinClock.UNKNOWN;

  /** Events that wait. */
  public long waiting() {
    return waiting.count();
  }

  /** Labels that are kept, used ones too. */
  public long labels() {
    return labels;
  }

  /**
   * Not after the oldest event that waits, and before it by at most an eighth of how far apart
   * those are that have waited since none did; {@link JoinClock#UNKNOWN} where none does.
   */
  public long oldestMs() {
    return waiting.oldestMs();
  }

  /** The greatest entry of the index that was ever walked. */
  long walkedMs() {
    return walkedMs;
  }

  /** Where the next walk begins: nothing is in the index before it. */
  long fromMs() {
    return fromMs;
  }

  void walked(long dueMs) {
    walkedMs = Math.max(walkedMs, dueMs);
    fromMs = Math.max(fromMs, dueMs);
  }

  void due(long dueMs) {
    fromMs = Math.min(fromMs, dueMs);
  }

  void waits(long eventMs) {
    waiting.add(eventMs);
  }

  void waitsNoMore(long eventMs) {
    waiting.remove(eventMs);
  }

  void labelKept() {
    labels++;
  }

  void labelGone() {
    if (labels == 0) {
      throw new InvariantException("labels that are kept", "at least one to let go", 0);
    }
    labels--;
  }

  /** The bytes that {@link #decode} takes. */
  public byte[] encode() {
    ByteBuffer bytes = ByteBuffer.allocate(1 + 3 * Long.BYTES + waiting.size());
    bytes.put(VERSION).putLong(labels).putLong(walkedMs).putLong(fromMs);
    waiting.write(bytes);
    return bytes.array();
  }

  /** The totals that {@link #encode} gave the bytes of. */
  public static Totals decode(byte[] value) {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(value);
      byte version = bytes.get();
      Totals totals = new Totals();
      totals.labels = bytes.getLong();
      totals.walkedMs = bytes.getLong();
      totals.fromMs = bytes.getLong();
      totals.waiting.read(bytes);
      if (version != VERSION || totals.labels < 0 || bytes.hasRemaining()) {
        throw new InvariantException(
            "totals of the joiner's store",
            "version %d, labels of 0 or more, and no more bytes".formatted(VERSION),
            "version %d, %d labels, %d bytes more"
                .formatted(version, totals.labels, bytes.remaining()));
      }
      return totals;
    } catch (BufferUnderflowException e) {
      throw new InvariantException("totals of the joiner's store", "their bytes", value.length);
    }
  }
}
