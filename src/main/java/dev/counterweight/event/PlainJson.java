package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonToken;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads a few fields of JSON objects of the plain kind, and only of those: well-formed to the end,
 * without escapes and but ASCII in its strings, without anything odd, and whole numbers in the
 * fields that are looked for. Of any other object it says so, and nothing more, so that a parser
 * reads it, or says what is wrong. Not thread-safe.
 */
final class PlainJson {
  private static final int MOST_DEPTH = 32;
  private static final int LONGEST_NUMBER = 64;

  /** What a parser is to bound. */
  private static final int LONGEST = 48 << 10;

  /** Longer ones are not told by a double as they are. */
  private static final int MOST_DIGITS = 15;

  /** Takes a field of a plain object. */
  interface Sink {
    /**
     * A scalar, as the parser would give it.
     *
     * @param number of a whole number, 0 of anything else
     */
    void plain(JsonToken token, String text, double number);
  }

  /** A member that is looked for, and where it stands in the object being read. */
  private static final class Field {
    private final byte[] name;
    private final Sink sink;
    private @Nullable JsonToken token;
    private int from;
    private int to;

    Field(String name, Sink sink) {
      this.name = name.getBytes(UTF_8);
      this.sink = sink;
    }
  }

  private Field[] fields = {};
  private byte[] in = {};
  private int at;

  /** Of the scalar read last. */
  private JsonToken token = JsonToken.VALUE_NULL;

  /** Looks for a member of the object itself from now on. */
  void add(String name, Sink sink) {
    fields = Arrays.copyOf(fields, fields.length + 1);
    fields[fields.length - 1] = new Field(name, sink);
  }

  /** Whether the bytes are a plain object; then each sink has what there is of its field. */
  boolean read(byte[] value) {
    if (value.length > LONGEST) {
      return false;
    }
    in = value;
    at = 0;
    for (Field field : fields) {
      field.token = null;
    }
    if (!object(true, 1) || next() != -1) {
      return false;
    }
    for (Field field : fields) {
      if (field.token != null) {
        give(field, field.token);
      }
    }
    return true;
  }

  private void give(Field field, JsonToken found) {
    String text = new String(in, field.from, field.to - field.from, ISO_8859_1);
    double number = found == JsonToken.VALUE_NUMBER_INT ? Long.parseLong(text) : 0;
    field.sink.plain(found, text, number);
  }

  /** The next byte that is no blank, at which {@link #at} then is; -1 at the end. */
  private int next() {
    while (at < in.length) {
      byte b = in[at];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') {
        return b & 0xff;
      }
      at++;
    }
    return -1;
  }

  private boolean is(char expected) {
    if (next() != expected) {
      return false;
    }
    at++;
    return true;
  }

  private boolean object(boolean outermost, int depth) {
    if (!is('{')) {
      return false;
    }
    if (is('}')) {
      return true;
    }
    do {
      if (next() != '"') {
        return false;
      }
      int from = at + 1;
      if (!string()) {
        return false;
      }
      Field field = outermost ? field(from, at - 1) : null;
      if (!is(':') || !(field == null ? value(depth) : value(field))) {
        return false;
      }
    } while (is(','));
    return is('}');
  }

  private boolean array(int depth) {
    at++;
    if (is(']')) {
      return true;
    }
    do {
      if (!value(depth)) {
        return false;
      }
    } while (is(','));
    return is(']');
  }

  private @Nullable Field field(int from, int to) {
    for (Field field : fields) {
      if (field.name.length == to - from
          && Arrays.equals(field.name, 0, field.name.length, in, from, to)) {
        return field;
      }
    }
    return null;
  }

  /** Of several of one name, the last. */
  private boolean value(Field field) {
    next();
    int from = at;
    if (!scalar()) {
      return false;
    }
    boolean text = token == JsonToken.VALUE_STRING;
    field.token = token;
    field.from = text ? from + 1 : from;
    field.to = text ? at - 1 : at;
    return token != JsonToken.VALUE_NUMBER_FLOAT
        && (token != JsonToken.VALUE_NUMBER_INT || at - from <= MOST_DIGITS);
  }

  private boolean value(int depth) {
    int first = next();
    if (first == '{' || first == '[') {
      return depth < MOST_DEPTH && (first == '{' ? object(false, depth + 1) : array(depth + 1));
    }
    return scalar();
  }

  private boolean scalar() {
    switch (next()) {
      case '"' -> {
        token = JsonToken.VALUE_STRING;
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
        return number();
      }
    }
  }

  /** From the quote on which this is to behind the next one. */
  private boolean string() {
    byte[] bytes = in;
    int i = at + 1;
    while (i < bytes.length) {
      byte b = bytes[i++];
      if (b == '"') {
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
    int end = at + word.length();
    if (end > in.length) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (in[at + i] != word.charAt(i)) {
        return false;
      }
    }
    at = end;
    return ends();
  }

  private boolean number() {
    int from = at;
    token = JsonToken.VALUE_NUMBER_INT;
    if (peek() == '-') {
      at++;
    }
    boolean zero = peek() == '0';
    int digits = digits();
    if (digits == 0 || (zero && digits > 1)) {
      return false;
    }
    if (peek() == '.') {
      token = JsonToken.VALUE_NUMBER_FLOAT;
      at++;
      if (digits() == 0) {
        return false;
      }
    }
    if (peek() == 'e' || peek() == 'E') {
      token = JsonToken.VALUE_NUMBER_FLOAT;
      at++;
      if (peek() == '+' || peek() == '-') {
        at++;
      }
      if (digits() == 0) {
        return false;
      }
    }
    return at - from <= LONGEST_NUMBER && ends();
  }

  private int digits() {
    int from = at;
    while (at < in.length && in[at] >= '0' && in[at] <= '9') {
      at++;
    }
    return at - from;
  }

  private int peek() {
    return at < in.length ? in[at] & 0xff : -1;
  }

  /** Whether what follows cannot belong to a word or a number. */
  private boolean ends() {
    return switch (peek()) {
      case ',', '}', ']', ' ', '\n', '\r', '\t' -> true;
      default -> false;
    };
  }
}
