package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;

/**
 * What a request is answered with: JSON. The body belongs to the record and is not copied.
 *
 * @param rows that were scored for it
 */
@SuppressWarnings("ArrayRecordComponent")
record Reply(int status, byte[] body, int rows) {

  static Reply ok(byte[] body, int rows) {
    return new Reply(200, body, rows);
  }

  /** The protocol's error. */
  static Reply error(int status, String message) {
    byte[] text = JsonStringEncoder.getInstance().quoteAsUTF8(message);
    byte[] before = "{\"error\":\"".getBytes(UTF_8);
    byte[] body = new byte[before.length + text.length + 2];
    System.arraycopy(before, 0, body, 0, before.length);
    System.arraycopy(text, 0, body, before.length, text.length);
    body[body.length - 2] = '"';
    body[body.length - 1] = '}';
    return new Reply(status, body, 0);
  }
}
