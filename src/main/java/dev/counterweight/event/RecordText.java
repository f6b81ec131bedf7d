package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.EventRejectedException.Reason;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import org.jspecify.annotations.Nullable;

/** Fields that stand in a record's key as a whole or in a header: UTF-8 text in every format. */
final class RecordText {
  private RecordText() {}

  /** Whether a field is such a text. */
  static boolean is(FieldPath path) {
    return path.source() == FieldPath.Source.HEADER
        || path.source() == FieldPath.Source.KEY && path.name().isEmpty();
  }

  /**
   * The text of a header, or of the key; null if there is none.
   *
   * @throws EventRejectedException if the bytes are no UTF-8
   */
  static @Nullable String of(RawEvent event, FieldPath path) throws EventRejectedException {
    byte @Nullable [] bytes =
        path.source() == FieldPath.Source.KEY ? event.key() : event.headers().last(path.name());
    if (bytes == null) {
      return null;
    }
    try {
      return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new EventRejectedException(
          Reason.MALFORMED, () -> "'" + Shown.text(path.text()) + "' is not UTF-8 text");
    }
  }

  /**
   * Reads a header, or the key.
   *
   * @param value receives the text; nothing if there is none
   * @throws EventRejectedException if the bytes are no UTF-8
   */
  static void read(RawEvent event, FieldPath path, FieldValue value) throws EventRejectedException {
    String text = of(event, path);
    value.clear();
    if (text != null) {
      value.text(text);
    }
  }
}
