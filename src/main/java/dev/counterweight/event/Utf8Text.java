package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The text that a record's value holds: UTF-8, a byte order mark in front passed over; and what the
 * value is where it holds none.
 */
final class Utf8Text {
  private static final char REPLACEMENT = '\uFFFD';
  private static final char BYTE_ORDER_MARK = '\uFEFF';
  private static final int FRAME = 1 + Integer.BYTES;

  private Utf8Text() {}

  /**
   * Reads all of a value.
   *
   * @throws EventRejectedException if it is not UTF-8, with the first byte that is not
   */
  static String of(byte[] value) throws EventRejectedException {
    return of(value, 0);
  }

  /** The same from an index on. */
  static String of(byte[] value, int start) throws EventRejectedException {
    String text = new String(value, start, value.length - start, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0) {
      requireUtf8(value, start); // it may stand in the text itself
    }
    return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
  }

  private static void requireUtf8(byte[] value, int start) throws EventRejectedException {
    ByteBuffer in = ByteBuffer.wrap(value, start, value.length - start);
    CoderResult end =
        StandardCharsets.UTF_8.newDecoder().decode(in, CharBuffer.allocate(value.length), true);
    if (end.isError()) {
      throw malformed(
          value,
          "not UTF-8 text: byte 0x%02x at %d"
              .formatted(value[in.position()] & 0xff, in.position()));
    }
  }

  /** An event that is not of its format at all. */
  static EventRejectedException malformed(byte[] value, String otherwise) {
    return new EventRejectedException(Reason.MALFORMED, () -> wrapping(value).orElse(otherwise));
  }

  /**
   * What bytes are that should be text and are not, so far as their beginning tells, in words, with
   * what to do; empty if nothing known begins so.
   */
  private static Optional<String> wrapping(byte[] value) {
    if (value.length > FRAME && value[0] == 0) {
      return Optional.of(
          ("framed for a schema registry: byte 0, schema id %d, then %s:"
                  + " events.schema.frame=confluent reads such values%s")
              .formatted(
                  ByteBuffer.wrap(value).getInt(1),
                  behind(value[FRAME]),
                  value[FRAME] == '{' ? "" : ", with their events.format"));
    }
    int head = value.length < Integer.BYTES ? 0 : ByteBuffer.wrap(value).getInt();
    if (head == 0x4f626a01) {
      return Optional.of("an Avro file: one record must hold one event");
    }
    if (head >>> 16 == 0x1f8b || head == 0x28b52ffd) {
      return Optional.of(
          "compressed by the producer: use compression.type, which Kafka undoes on reading");
    }
    if (head >>> 16 == 0xaced) {
      return Optional.of("a serialized Java object");
    }
    boolean utf16 = head >>> 16 == 0xfeff || head >>> 16 == 0xfffe || wide(value);
    return utf16 ? Optional.of("UTF-16 text: must be UTF-8") : Optional.empty();
  }

  private static String behind(byte first) {
    return first == '{' ? "JSON" : "Avro, Protobuf or the like";
  }

  private static boolean wide(byte[] value) {
    return value.length >= Integer.BYTES
        && (value[0] == 0) != (value[1] == 0)
        && (value[0] == 0) == (value[2] == 0)
        && (value[1] == 0) == (value[3] == 0);
  }
}
