package dev.counterweight.joiner;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.protocol.InvariantException;
import dev.counterweight.protocol.LabelledHeaders;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.utils.ByteUtils;
import org.apache.kafka.common.utils.Utils;
import org.jspecify.annotations.Nullable;

/**
 * What of an event is written again with its label: key, value and headers, those that the joiner
 * writes itself left out. In bytes it waits in a row.
 *
 * <p>Bytes: format (1); of format 2, in which the event is held under an earlier time than its own,
 * that time (8, big-endian). Then, each length as an unsigned varint: the length of the key and 2,
 * or 0 for none and 1 where it is the join key; key; the number of headers; of each the length of
 * its name, name, the length of its value and 1, or 0 for none, and value; then the event's value.
 */
@SuppressWarnings("ArrayRecordComponent")
record HeldBody(byte @Nullable [] key, boolean keyJoins, Headers headers, byte[] value) {
  private static final byte FORMAT = 1;
  private static final byte TIMED = 2;
  private static final int NONE = 0;
  private static final int JOINS = 1;
  private static final int AFTER_JOINS = 2;

  /** The bytes that {@link #put} takes. */
  int size() {
    int size = 1 + ByteUtils.sizeOfUnsignedVarint(keyLength()) + value.length;
    if (!keyJoins && key != null) {
      size += key.length;
    }
    int count = 0;
    for (Header header : headers) {
      if (keeps(header)) {
        int name = Utils.utf8Length(header.key());
        int content = header.value() == null ? 0 : header.value().length;
        size += ByteUtils.sizeOfUnsignedVarint(name) + name;
        size += ByteUtils.sizeOfUnsignedVarint(contentLength(header)) + content;
        count++;
      }
    }
    return size + ByteUtils.sizeOfUnsignedVarint(count);
  }

  private int keyLength() {
    return keyJoins ? JOINS : key == null ? NONE : key.length + AFTER_JOINS;
  }

  private static int contentLength(Header header) {
    return header.value() == null ? NONE : header.value().length + 1;
  }

  private static boolean keeps(Header header) {
    return !LabelledHeaders.NAMES.contains(header.key());
  }

  void put(ByteBuffer out) {
    out.put(FORMAT);
    ByteUtils.writeUnsignedVarint(keyLength(), out);
    if (!keyJoins && key != null) {
      out.put(key);
    }
    List<Header> kept = new ArrayList<>();
    for (Header header : headers) {
      if (keeps(header)) {
        kept.add(header);
      }
    }
    ByteUtils.writeUnsignedVarint(kept.size(), out);
    kept.forEach(header -> put(out, header));
    out.put(value);
  }

  private static void put(ByteBuffer out, Header header) {
    byte[] name = header.key().getBytes(UTF_8);
    ByteUtils.writeUnsignedVarint(name.length, out);
    out.put(name);
    ByteUtils.writeUnsignedVarint(contentLength(header), out);
    if (header.value() != null) {
      out.put(header.value());
    }
  }

  /** A body that bears its event's time, which is held under another. */
  static byte[] timed(byte[] body, long timeMs) {
    return ByteBuffer.allocate(body.length + Long.BYTES)
        .put(TIMED)
        .putLong(timeMs)
        .put(body, 1, body.length - 1)
        .array();
  }

  /**
   * The event's own time.
   *
   * @param heldMs under which it is held
   */
  static long timeMs(byte[] body, long heldMs) {
    return body[0] == TIMED ? ByteBuffer.wrap(body).getLong(1) : heldMs;
  }

  /**
   * Reads what was {@link #put}.
   *
   * @param joinKey under which it is held
   */
  static HeldBody of(byte[] body, byte[] joinKey) {
    ByteBuffer in = ByteBuffer.wrap(body);
    byte format = in.get();
    if (format != FORMAT && format != TIMED) {
      throw new InvariantException("a held event is of a known format", "1 or 2", format);
    }
    if (format == TIMED) {
      in.getLong();
    }
    int length = ByteUtils.readUnsignedVarint(in);
    byte @Nullable [] key =
        length == NONE ? null : length == JOINS ? joinKey : taken(in, length - AFTER_JOINS);
    RecordHeaders headers = new RecordHeaders();
    for (int left = ByteUtils.readUnsignedVarint(in); left > 0; left--) {
      String name = new String(taken(in, ByteUtils.readUnsignedVarint(in)), UTF_8);
      int content = ByteUtils.readUnsignedVarint(in);
      headers.add(name, content == NONE ? null : taken(in, content - 1));
    }
    return new HeldBody(key, length == JOINS, headers, taken(in, in.remaining()));
  }

  private static byte[] taken(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }
}
