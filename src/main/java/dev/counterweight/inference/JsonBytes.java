package dev.counterweight.inference;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.io.NumberOutput;
import java.util.Arrays;

/** JSON as it is written, in order. Not thread-safe. */
final class JsonBytes {
  private static final int MOST_DIGITS = 20;

  private byte[] buffer;
  private int size;

  JsonBytes(int room) {
    this.buffer = new byte[room];
  }

  /** JSON as it stands; ASCII. */
  @SuppressWarnings("deprecation") // Takes the low byte of each character, which is all there is.
  JsonBytes raw(String ascii) {
    room(ascii.length());
    ascii.getBytes(0, ascii.length(), buffer, size);
    size += ascii.length();
    return this;
  }

  /** JSON as it stands. */
  JsonBytes raw(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, buffer, size, bytes.length);
    size += bytes.length;
    return this;
  }

  JsonBytes text(String text) {
    return raw(quoted(text));
  }

  JsonBytes whole(long value) {
    room(MOST_DIGITS);
    size = NumberOutput.outputLong(value, buffer, size);
    return this;
  }

  /** The shortest decimal that stands for this number of 32 bits alone. */
  JsonBytes number(float value) {
    return raw(NumberOutput.toString(value, true));
  }

  /** Texts as an array. */
  JsonBytes texts(Iterable<String> texts) {
    raw("[");
    boolean first = true;
    for (String text : texts) {
      if (!first) {
        raw(",");
      }
      first = false;
      text(text);
    }
    return raw("]");
  }

  /** All that was written. */
  byte[] toBytes() {
    return size == buffer.length ? buffer : Arrays.copyOf(buffer, size);
  }

  static byte[] quoted(String text) {
    byte[] inner = JsonStringEncoder.getInstance().quoteAsUTF8(text);
    byte[] quoted = new byte[inner.length + 2];
    quoted[0] = '"';
    System.arraycopy(inner, 0, quoted, 1, inner.length);
    quoted[quoted.length - 1] = '"';
    return quoted;
  }

  private void room(int more) {
    if (buffer.length - size < more) {
      buffer = Arrays.copyOf(buffer, Math.max(2 * buffer.length, size + more));
    }
  }
}
