package dev.counterweight.event;

import java.nio.ByteBuffer;
import java.util.Optional;

/** What bytes are that should be text and are not, so far as their beginning tells. */
final class Wrapping {
  private static final int FRAME = 1 + Integer.BYTES;

  private Wrapping() {}

  /** In words, with what to do; empty if nothing known begins so. */
  static Optional<String> of(byte[] value) {
    if (value.length > FRAME && value[0] == 0) {
      return Optional.of(
          ("framed for a schema registry: byte 0, schema id %d, then %s. Such frames are not read:"
                  + " let the producer write the plain value")
              .formatted(ByteBuffer.wrap(value).getInt(1), behind(value[FRAME])));
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
