package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.letters.LetterForm;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a record of either side was read as, in the bytes that Kafka Streams is handed for its
 * value: read once, where it is taken in. No value at all stands for a tombstone.
 *
 * <p>Bytes, big-endian: kind (1). Of an event: time (8; {@link Long#MAX_VALUE} stands for the
 * record's), length of the join key (4; -1 where it is the record's key), join key, and the rest of
 * the event as {@link HeldBody} has it. Of a label: time, class (4), length of the join key, join
 * key, and its value if it has no time of its own. Of a record that is refused: reason (1), bytes
 * of key and value in the topic (4 each), length of the message (4), message, and as much of the
 * value as is kept.
 */
final class SideRecord {
  /** Stands for the time of the record: no event names such a one. */
  static final long OF_RECORD = Long.MAX_VALUE;

  static final byte EVENT = 1;
  static final byte LABEL = 2;
  static final byte REFUSED = 3;
  static final byte UNLABELLED = 4;

  /** Of no record: the consumer has passed its offset, which is a transaction's marker. */
  static final byte POSITION = 5;

  /** Of several records: {@link SideChunk}. */
  static final byte CHUNK = 6;

  private static final int TIME = 1;
  private static final int CLASS = TIME + Long.BYTES;
  private static final int RECORD_KEY = -1;
  private static final byte[] ONLY_UNLABELLED = {UNLABELLED};
  private static final byte[] ONLY_POSITION = {POSITION};
  private static final Reason[] REASONS = Reason.values();

  private final byte[] bytes;
  private final int keyAt;
  private final int keyLength;

  private SideRecord(byte[] bytes) {
    this.bytes = bytes;
    int lengthAt = bytes[0] == LABEL ? CLASS + Integer.BYTES : CLASS;
    this.keyAt = lengthAt + Integer.BYTES;
    boolean joined = bytes[0] == EVENT || bytes[0] == LABEL;
    this.keyLength = joined ? ByteBuffer.wrap(bytes).getInt(lengthAt) : RECORD_KEY;
  }

  /**
   * What a record that is refused was, as far as it is kept.
   *
   * @param keyBytes of its key in the topic
   * @param valueBytes of its value in the topic
   */
  @SuppressWarnings("ArrayRecordComponent")
  record Refused(EventRejectedException rejected, int keyBytes, int valueBytes, byte[] keptValue) {}

  /** What was made by one of the methods below. */
  static SideRecord of(byte[] bytes) {
    return new SideRecord(bytes);
  }

  /**
   * @param joinKey null if it is the record's key
   * @param body see {@link HeldBody}
   */
  static byte[] event(long timeMs, byte @Nullable [] joinKey, HeldBody body) {
    int key = joinKey == null ? 0 : joinKey.length;
    ByteBuffer out = ByteBuffer.allocate(CLASS + Integer.BYTES + key + body.size());
    out.put(EVENT).putLong(timeMs);
    putKey(out, joinKey);
    body.put(out);
    return out.array();
  }

  /**
   * @param joinKey null if it is the record's key
   * @param value of a label whose time is its record's: should that have none that counts
   */
  static byte[] label(long timeMs, int label, byte @Nullable [] joinKey, byte[] value) {
    int key = joinKey == null ? 0 : joinKey.length;
    int kept = timeMs == OF_RECORD ? value.length : 0;
    ByteBuffer out = ByteBuffer.allocate(CLASS + 2 * Integer.BYTES + key + kept);
    out.put(LABEL).putLong(timeMs).putInt(label);
    putKey(out, joinKey);
    return out.put(value, 0, kept).array();
  }

  static byte[] refused(
      EventRejectedException rejected, int keyBytes, int valueBytes, byte[] keptValue) {
    byte[] message = LetterForm.sentence(rejected).getBytes(UTF_8);
    return ByteBuffer.allocate(2 + 3 * Integer.BYTES + message.length + keptValue.length)
        .put(REFUSED)
        .put((byte) rejected.reason().ordinal())
        .putInt(keyBytes)
        .putInt(valueBytes)
        .putInt(message.length)
        .put(message)
        .put(keptValue)
        .array();
  }

  static byte[] unlabelled() {
    return ONLY_UNLABELLED;
  }

  static byte[] position() {
    return ONLY_POSITION;
  }

  private static void putKey(ByteBuffer out, byte @Nullable [] joinKey) {
    if (joinKey == null) {
      out.putInt(RECORD_KEY);
    } else {
      out.putInt(joinKey.length).put(joinKey);
    }
  }

  byte kind() {
    return bytes[0];
  }

  /** Of an event or label; {@link #OF_RECORD} if it is the record's own. */
  long timeMs() {
    return ByteBuffer.wrap(bytes).getLong(TIME);
  }

  /**
   * The same, or the record's where it has none of its own.
   *
   * @param recordMs the record's
   */
  long timeMs(long recordMs) {
    long own = timeMs();
    return own == OF_RECORD ? recordMs : own;
  }

  /** The same of any record: {@link #OF_RECORD} also of one that has none. */
  long ownTimeMs() {
    return kind() == EVENT || kind() == LABEL ? timeMs() : OF_RECORD;
  }

  /** The class of a label. */
  int label() {
    return ByteBuffer.wrap(bytes).getInt(CLASS);
  }

  /**
   * Of an event or label.
   *
   * @param recordKey of its record
   */
  byte[] joinKey(byte @Nullable [] recordKey) {
    return keyLength == RECORD_KEY
        ? Objects.requireNonNull(recordKey, "a record without a key has a join key of its own")
        : Arrays.copyOfRange(bytes, keyAt, keyAt + keyLength);
  }

  /**
   * Puts the join key behind its length.
   *
   * @param recordKey of its record
   */
  void putJoinKey(ByteBuffer out, byte @Nullable [] recordKey) {
    if (keyLength == RECORD_KEY) {
      putKey(out, Objects.requireNonNull(recordKey, "a record without a key joins by another"));
    } else {
      out.putInt(keyLength).put(bytes, keyAt, keyLength);
    }
  }

  /**
   * The length of the join key.
   *
   * @param recordKey of its record
   */
  int joinKeyLength(byte @Nullable [] recordKey) {
    return keyLength != RECORD_KEY ? keyLength : recordKey == null ? 0 : recordKey.length;
  }

  /** The length of the rest of an event. */
  int bodyLength() {
    return bytes.length - keyAt - Math.max(0, keyLength);
  }

  /** Puts the rest of an event behind its length. */
  void putBody(ByteBuffer out) {
    int at = keyAt + Math.max(0, keyLength);
    out.putInt(bytes.length - at).put(bytes, at, bytes.length - at);
  }

  /** The rest of an event, as {@link HeldBody} reads it; of a label, the value if it is kept. */
  byte[] body() {
    return Arrays.copyOfRange(bytes, keyAt + Math.max(0, keyLength), bytes.length);
  }

  Refused refused() {
    ByteBuffer in = ByteBuffer.wrap(bytes, 1, bytes.length - 1);
    Reason reason = REASONS[in.get()];
    int keyBytes = in.getInt();
    int valueBytes = in.getInt();
    byte[] message = new byte[in.getInt()];
    in.get(message);
    byte[] kept = new byte[in.remaining()];
    in.get(kept);
    return new Refused(
        new EventRejectedException(reason, new String(message, UTF_8)), keyBytes, valueBytes, kept);
  }
}
