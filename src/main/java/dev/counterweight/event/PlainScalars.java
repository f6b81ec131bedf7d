package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.core.JsonToken;
import java.util.Arrays;

/**
 * Goes through the texts, numbers and words of JSON of the plain kind: without escapes, and but
 * ASCII in its texts. Where it finds anything else it says so, and is good for nothing until it
 * {@linkplain #begin begins} anew. Not thread-safe.
 */
public final class PlainScalars {
  private byte[] in = {};
  private int at;

  /** Of the scalar read last. */
  private JsonToken token = JsonToken.VALUE_NULL;

  private int from;
  private int to;

  private final PlainNumber number = new PlainNumber();

  /** Stands at the first byte from now on. */
  public void begin(byte[] bytes) {
    in = bytes;
    at = 0;
  }

  /** The next byte that is no blank, at which it then stands; -1 at the end. */
  public int next() {
    int first = peek(at);
    return first > ' ' ? first : behindBlanks();
  }

  private int behindBlanks() {
    byte[] bytes = in;
    int i = at;
    while (i < bytes.length && isBlank(bytes[i])) {
      i++;
    }
    at = i;
    return peek(i);
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /** Passes over a byte if it is the next that is no blank. */
  public boolean is(char expected) {
    if (at < in.length && in[at] == expected || next() == expected) {
      at++;
      return true;
    }
    return false;
  }

  /**
   * Passes over a text if it is the next thing.
   *
   * @param expected plain itself, with its quotes
   */
  public boolean is(byte[] expected) {
    next();
    int length = expected.length;
    if (in.length - at < length) {
      return false;
    }
    for (int i = length - 1; i >= 0; i--) { // names differ at their ends
      if (in[at + i] != expected[i]) {
        return false;
      }
    }
    at += length;
    return true;
  }

  /** What {@link #scalar} has read. */
  public JsonToken token() {
    return token;
  }

  /** Its text: that of a text without its quotes. */
  public String text() {
    return text(from, to);
  }

  /** The text of a scalar that was read before, by its {@link #from} and {@link #to}. */
  String text(int first, int end) {
    return new String(in, first, end - first, ISO_8859_1);
  }

  /** Whether that of a text is another one, in its quotes. */
  boolean isQuoted(byte[] other) {
    return other.length == to - from + 2 && Arrays.equals(other, 1, other.length - 1, in, from, to);
  }

  /** A byte of its text, counted from the end; 0 before its start. */
  int fromEnd(int place) {
    return to - place > from ? in[to - place - 1] : 0;
  }

  int length() {
    return to - from;
  }

  /** Where its text begins: that of a text behind its quote. */
  int from() {
    return from;
  }

  /** Where its text ends. */
  int to() {
    return to;
  }

  /** Reads a text, a number, true, false or null; false if it is none of those. */
  public boolean scalar() {
    switch (next()) {
      case '"' -> {
        return string();
      }
      case 't' -> {
        token = JsonToken.VALUE_TRUE;
        return word("true");
      }
      case 'f' -> {
        token = JsonToken.VALUE_FALSE;
        return word("false");
      }
      case 'n' -> {
        token = JsonToken.VALUE_NULL;
        return word("null");
      }
      default -> {
        return readNumber();
      }
    }
  }

  /** Reads a text, at whose quote it stands. */
  boolean string() {
    token = JsonToken.VALUE_STRING;
    byte[] bytes = in;
    int i = at + 1;
    from = i;
    while (i < bytes.length) {
      byte b = bytes[i++];
      if (b == '"') {
        to = i - 1;
        at = i;
        return true;
      }
      if (b < ' ' || b == '\\') {
        return false; // no ASCII is negative
      }
    }
    return false;
  }

  private boolean word(String word) {
    from = at;
    to = at + word.length();
    if (to > in.length) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (in[at + i] != word.charAt(i)) {
        return false;
      }
    }
    return endsAt(to);
  }

  private boolean readNumber() {
    from = at;
    to = number.read(in, at);
    token = number.isWhole() ? JsonToken.VALUE_NUMBER_INT : JsonToken.VALUE_NUMBER_FLOAT;
    return endsAt(to);
  }

  /** Passes over a scalar; what it is cannot be asked for. */
  boolean skip() {
    return isNumber(next()) ? endsAt(PlainNumber.skip(in, at)) : scalar();
  }

  /** Whether it may be a number that begins so. */
  static boolean isNumber(int first) {
    return first == '-' || first >= '0' && first <= '9';
  }

  /**
   * Passes over a number, at which it stands, and whose member is known from then on.
   *
   * @param member where that begins, behind a comma or the object's brace
   */
  boolean skipNumber(KnownMembers known, int member) {
    int first = at;
    boolean skipped = endsAt(PlainNumber.skip(in, first));
    if (skipped) {
      known.note(in, member, first);
    }
    return skipped;
  }

  /** Passes over the members of an object that come next and are known. */
  void pass(KnownMembers known) {
    at = known.pass(in, at);
  }

  /** Where it stands. */
  int at() {
    return at;
  }

  /** Whether {@link #number} can tell what was read last, where that is a number. */
  public boolean isTold() {
    return token != JsonToken.VALUE_NUMBER_INT || number.isTold();
  }

  /** The number read last, correctly rounded. */
  public double number() {
    return number.value();
  }

  private int peek(int place) {
    return place < in.length ? in[place] & 0xff : -1;
  }

  /** Whether a word or a number ends there: what follows cannot belong to it. */
  private boolean endsAt(int end) {
    at = end;
    return end >= 0
        && switch (peek(end)) {
          case ',', '}', ']', ' ', '\n', '\r', '\t' -> true;
          default -> false;
        };
  }
}
