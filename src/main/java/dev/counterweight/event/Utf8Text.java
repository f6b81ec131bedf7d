package dev.counterweight.event;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;

/** The text that a record's value holds: UTF-8, a byte order mark in front passed over. */
final class Utf8Text {
  private static final char REPLACEMENT = '\uFFFD';
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private Utf8Text() {}

  /**
   * Reads all of a value.
   *
   * @throws EventRejectedException if it is not UTF-8, with the first byte that is not
   */
  static String of(byte[] value) throws EventRejectedException {
    String text = new String(value, StandardCharsets.UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0) {
      requireUtf8(value); // it may stand in the text itself
    }
    return !text.isEmpty() && text.charAt(0) == BYTE_ORDER_MARK ? text.substring(1) : text;
  }

  private static void requireUtf8(byte[] value) throws EventRejectedException {
    ByteBuffer in = ByteBuffer.wrap(value);
    CoderResult end =
        StandardCharsets.UTF_8.newDecoder().decode(in, CharBuffer.allocate(value.length), true);
    if (end.isError()) {
      throw EventRules.malformed(
          value,
          "not UTF-8 text: byte 0x%02x at %d"
              .formatted(value[in.position()] & 0xff, in.position()));
    }
  }
}
