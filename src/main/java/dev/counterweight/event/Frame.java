package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.nio.ByteBuffer;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What serializers for a schema registry put in front of a value, or in a header: byte 0 and a
 * number of 4 bytes, or, in header {@value #HEADER} alone, byte 1 and a GUID of 16. The header goes
 * before what the value looks like.
 *
 * @param schema that the value was written by
 * @param behind what stands behind the id, which of Protobuf are the message's indexes: of the
 *     value where the frame stands there, else of the header
 * @param start where in the value the frame ends: 0 if it stands in the header
 */
record Frame(SchemaId schema, ByteBuffer behind, int start) {
  static final String HEADER = "__value_schema_id";

  private static final int NUMBER = 0;
  private static final int GUID = 1;
  private static final int NUMBER_BYTES = 1 + Integer.BYTES;
  private static final int GUID_BYTES = 1 + 2 * Long.BYTES;

  /**
   * The frame of an event.
   *
   * @param value the event's, which there is
   * @throws EventRejectedException {@code MALFORMED} if it has none
   */
  static Frame of(RawEvent event, byte[] value) throws EventRejectedException {
    byte @Nullable [] header = event.headers().last(HEADER);
    if (header != null) {
      return ofHeader(header);
    }
    if (value.length < NUMBER_BYTES || value[0] != NUMBER) {
      throw new EventRejectedException(
          Reason.MALFORMED,
          () ->
              "not framed for a schema registry: %s, and no header %s: events.schema.frame=none reads plain values"
                  .formatted(
                      value.length < NUMBER_BYTES
                          ? "%d bytes, not byte 0 and a schema id".formatted(value.length)
                          : "begins with byte 0x%02x, not 0".formatted(value[0]),
                      HEADER));
    }
    ByteBuffer bytes = ByteBuffer.wrap(value);
    int id = bytes.getInt(1);
    return new Frame(new SchemaId.Number(id), bytes.position(NUMBER_BYTES), NUMBER_BYTES);
  }

  private static Frame ofHeader(byte[] header) throws EventRejectedException {
    ByteBuffer bytes = ByteBuffer.wrap(header);
    if (header.length >= GUID_BYTES && header[0] == GUID) {
      UUID guid = new UUID(bytes.getLong(1), bytes.getLong(1 + Long.BYTES));
      return new Frame(new SchemaId.Guid(guid), bytes.position(GUID_BYTES), 0);
    }
    if (header.length >= NUMBER_BYTES && header[0] == NUMBER) {
      int id = bytes.getInt(1);
      return new Frame(new SchemaId.Number(id), bytes.position(NUMBER_BYTES), 0);
    }
    throw new EventRejectedException(
        Reason.MALFORMED,
        "header %s of %d bytes: must be byte 1 and a GUID of 16 bytes, or byte 0 and an id of 4"
            .formatted(HEADER, header.length));
  }
}
