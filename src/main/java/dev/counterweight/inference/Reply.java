package dev.counterweight.inference;

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
    JsonBytes body = new JsonBytes(message.length() + 16).raw("{\"error\":").text(message).raw("}");
    return new Reply(status, body.toBytes(), 0);
  }
}
