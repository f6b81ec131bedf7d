package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.EventRejectedException.Reason;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.util.Arrays;

/**
 * Avro's binary encoding of one value, read from front to back. No length in it is believed beyond
 * the bytes that are there, and no nesting beyond {@value #MAX_DEPTH} records, arrays and maps:
 * what is allocated is bounded by the value's own size. Not thread-safe.
 */
final class AvroInput {
  /** As deep as JSON events may be. */
  static final int MAX_DEPTH = 64;

  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int VARINT_BITS = 7;
  private static final int MAX_INT_BYTES = 5;

  private byte[] bytes = {};
  private int at;
  private int depth;

  /** Begins at an index of a value. */
  void open(byte[] value, int start) {
    bytes = value;
    at = start;
    depth = 0;
  }

  /** The index of the next byte. */
  int at() {
    return at;
  }

  /** Goes to a place that was read before. */
  void goTo(int place) {
    at = place;
  }

  int remaining() {
    return bytes.length - at;
  }

  /** Steps into a record, an array or a map. */
  void enter() throws EventRejectedException {
    if (++depth > MAX_DEPTH) {
      throw malformed("nested deeper than " + MAX_DEPTH);
    }
  }

  void leave() {
    depth--;
  }

  void skip(int count) throws EventRejectedException {
    require(count);
    at += count;
  }

  boolean bool() throws EventRejectedException {
    require(1);
    byte value = bytes[at++];
    if ((value & ~1) != 0) {
      throw malformed("a boolean of 0x%02x".formatted(value));
    }
    return value == 1;
  }

  int integer() throws EventRejectedException {
    int start = at;
    long value = whole();
    if (value != (int) value || at - start > MAX_INT_BYTES) {
      throw malformed("an int of " + value + " in " + (at - start) + " bytes");
    }
    return (int) value;
  }

  /** The index of one of {@code count}. */
  int index(int count, String what) throws EventRejectedException {
    int index = integer();
    if (index < 0 || index >= count) {
      throw malformed("%s %d, of %d that there are".formatted(what, index, count));
    }
    return index;
  }

  /** A long: zigzag, seven bits a byte, at most ten bytes. */
  long whole() throws EventRejectedException {
    long raw = 0;
    for (int shift = 0; shift < Long.SIZE; shift += VARINT_BITS) {
      require(1);
      byte next = bytes[at++];
      raw |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return raw >>> 1 ^ -(raw & 1);
      }
    }
    throw malformed("a number of more than ten bytes");
  }

  float float32() throws EventRejectedException {
    require(Float.BYTES);
    at += Float.BYTES;
    return Float.intBitsToFloat((int) INTS.get(bytes, at - Float.BYTES));
  }

  double float64() throws EventRejectedException {
    require(Double.BYTES);
    at += Double.BYTES;
    return Double.longBitsToDouble((long) LONGS.get(bytes, at - Double.BYTES));
  }

  /** The length of bytes or a text that follow. */
  int length() throws EventRejectedException {
    long length = whole();
    if (length < 0 || length > remaining()) {
      throw malformed("a length of %d, where %d bytes are left".formatted(length, remaining()));
    }
    return (int) length;
  }

  /** How many items or entries follow in a block of an array or a map; 0 ends it. */
  long block() throws EventRejectedException {
    long count = whole();
    if (count >= 0) {
      return count;
    }
    length();
    if (count == Long.MIN_VALUE) {
      throw malformed("a block of " + count + " items");
    }
    return -count;
  }

  /**
   * Demands that so many items, each of at least a byte, may follow: a count alone must not keep
   * anybody busy.
   */
  void requireItems(long count) throws EventRejectedException {
    if (count > remaining()) {
      throw malformed("a block of %d items, where %d bytes are left".formatted(count, remaining()));
    }
  }

  byte[] bytes(int length) throws EventRejectedException {
    require(length);
    byte[] copy = new byte[length];
    System.arraycopy(bytes, at, copy, 0, length);
    at += length;
    return copy;
  }

  String text(int length) throws EventRejectedException {
    require(length);
    String text = new String(bytes, at, length, UTF_8);
    if (text.indexOf('\uFFFD') >= 0) {
      requireUtf8(length); // it may stand in the text itself
    }
    at += length;
    return text;
  }

  private void requireUtf8(int length) throws EventRejectedException {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length));
    } catch (CharacterCodingException e) {
      throw malformed("a text that is not UTF-8");
    }
  }

  /** Whether the next bytes are these. */
  boolean next(byte[] expected, int length) {
    return expected.length == length && Arrays.equals(bytes, at, at + length, expected, 0, length);
  }

  EventRejectedException malformed(String what) {
    int where = at;
    return new EventRejectedException(Reason.MALFORMED, () -> what + ", before byte " + where);
  }

  private void require(int count) throws EventRejectedException {
    if (count > bytes.length - at) {
      int length = bytes.length;
      throw new EventRejectedException(
          Reason.MALFORMED, () -> "cut off: it goes on behind its %d bytes".formatted(length));
    }
  }
}
