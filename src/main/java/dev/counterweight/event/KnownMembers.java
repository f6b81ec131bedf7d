package dev.counterweight.event;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Passes over members of plain JSON objects that are numbers and that nobody looks for, where they
 * are named, and spaced, as in the object before: producers write the fields of their objects in
 * one order. Eight bytes at a time, and without waiting for where a name ends, which is known.
 * Whatever else comes is left where it is. Not thread-safe.
 */
final class KnownMembers {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long EACH = 0x0101010101010101L;
  private static final long HIGHEST = 0x8080808080808080L;
  private static final int MOST = 128;
  private static final int WORDS = 4;

  /** Behind a name there have to be a sign, a word, and what follows that. */
  private static final int ROOM = 1 + Long.BYTES + 1;

  /** All that stands before each number, from behind the last comma on, in the object before. */
  private final long[] before = new long[MOST * WORDS];

  /** How many bytes that is; 0 where it is not known. */
  private final byte[] lengths = new byte[MOST];

  /** The member of the object that comes next. */
  private int member;

  /** An object begins. */
  void begin() {
    member = 0;
  }

  /**
   * Passes over the members that come next, as long as they are known.
   *
   * @param from where the next begins
   * @return where the first begins that is not passed over, which there has to be
   */
  int pass(byte[] bytes, int from) {
    int at = from;
    int next = member;
    while (next < MOST && lengths[next] > 0 && isAt(bytes, at, next)) {
      int end = behindNumber(bytes, at + lengths[next]);
      if (end < 0 || bytes[end] != ',') {
        break;
      }
      at = end + 1;
      next++;
    }
    member = next;
    return at;
  }

  private boolean isAt(byte[] bytes, int place, int known) {
    int left = lengths[known];
    if (place > bytes.length - left - ROOM) {
      return false;
    }
    int at = place;
    int word = known * WORDS;
    for (; left > Long.BYTES; left -= Long.BYTES) {
      if ((long) WORD.get(bytes, at) != before[word]) {
        return false;
      }
      at += Long.BYTES;
      word++;
    }
    return ((long) WORD.get(bytes, at) ^ before[word]) << Long.SIZE - Byte.SIZE * left == 0;
  }

  /** The place behind a number without an exponent; -1 if it may be none, or is too long. */
  private static int behindNumber(byte[] bytes, int from) {
    long word = (long) WORD.get(bytes, from);
    int sign = (byte) word == '-' ? 1 : 0; // half of all are: a branch would be a guess
    word >>>= Byte.SIZE * sign;
    int first = from + sign;
    long others = others(word);
    int whole = Long.numberOfTrailingZeros(others) / Byte.SIZE;
    if (whole == 0 || whole > 1 && (byte) word == '0') {
      return -1;
    }
    int end = first + whole;
    if (bytes[end] == '.') {
      int point = end;
      others &= others - 1;
      end = first + Long.numberOfTrailingZeros(others) / Byte.SIZE;
      if (end == point + 1) {
        return -1; // no digit follows, or none in the word
      }
    }
    return bytes[end] == ',' ? end : behindDigits(bytes, end, from + PlainNumber.LONGEST);
  }

  /** The high bit of each byte that is no digit. */
  private static long others(long word) {
    long digits = word ^ '0' * EACH;
    return ((digits & 0x7f * EACH) + 0x76 * EACH | digits) & HIGHEST;
  }

  private static int behindDigits(byte[] bytes, int from, int most) {
    int last = Math.min(most, bytes.length - 1);
    int at = from;
    while (at < last && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    return at;
  }

  /**
   * Takes note of a number that was not passed over.
   *
   * @param from where its member begins, behind a comma or the object's brace
   * @param to where the number begins
   */
  void note(byte[] bytes, int from, int to) {
    int length = to - from;
    int words = (length + Long.BYTES - 1) / Long.BYTES;
    if (words > WORDS || from + words * Long.BYTES > bytes.length) {
      other();
      return;
    }
    if (member < MOST) {
      for (int i = 0; i < words; i++) {
        before[member * WORDS + i] = (long) WORD.get(bytes, from + i * Long.BYTES);
      }
      lengths[member] = (byte) length;
      member++;
    }
  }

  /** Takes note of a member that is not to be passed over. */
  void other() {
    if (member < MOST) {
      lengths[member] = 0;
      member++;
    }
  }
}
