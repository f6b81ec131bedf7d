package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FrameTest {
  private static final UUID GUID = UUID.fromString("89791762-2336-4186-9674-299b90a802e2");

  @Test
  void byteZeroAndFourBytesInFrontOfAValueAreASchemasNumber() throws Exception {
    byte[] value = {0, 0, 0, 1, 2, 7, 8};

    Frame frame = Frame.of(RawEvent.of(value, 0), value);

    assertThat(frame.schema()).isEqualTo(new SchemaId.Number(258));
    assertThat(frame.start()).isEqualTo(5);
    assertThat(frame.behind().get()).isEqualTo((byte) 7);
  }

  @Test
  void aHeaderNamesTheSchemaByGuidAndTheValueIsWhole() throws Exception {
    byte[] header =
        ByteBuffer.allocate(18)
            .put((byte) 1)
            .putLong(GUID.getMostSignificantBits())
            .putLong(GUID.getLeastSignificantBits())
            .put((byte) 9)
            .array();
    byte[] value = {0, 0, 0, 1, 2, 7};

    Frame frame = Frame.of(event(value, header), value);

    assertThat(frame.schema()).isEqualTo(new SchemaId.Guid(GUID));
    assertThat(frame.start()).isZero();
    assertThat(frame.behind().get()).as("message indexes").isEqualTo((byte) 9);
  }

  @Test
  void aHeaderMayHoldANumberToo() throws Exception {
    byte[] value = {7};

    Frame frame = Frame.of(event(value, new byte[] {0, 0, 0, 0, 5}), value);

    assertThat(frame.schema()).isEqualTo(new SchemaId.Number(5));
    assertThat(frame.start()).isZero();
  }

  @Test
  void whatHasNoFrameIsMalformedAndSaysWhatItBeginsWith() {
    refused("{\"a\": 1}".getBytes(StandardCharsets.UTF_8), null, "begins with byte 0x7b");
    refused(new byte[] {0, 0, 0, 1}, null, "4 bytes, not byte 0 and a schema id");
    refused(new byte[] {7}, new byte[] {1, 2, 3}, "header __value_schema_id of 3 bytes");
    refused(new byte[] {7}, new byte[0], "header __value_schema_id of 0 bytes");
  }

  private static void refused(byte[] value, byte @Nullable [] header, String words) {
    assertThatThrownBy(() -> Frame.of(event(value, header), value))
        .isInstanceOf(EventRejectedException.class)
        .hasMessageContaining(words)
        .extracting(e -> ((EventRejectedException) e).reason())
        .isEqualTo(EventRejectedException.Reason.MALFORMED);
  }

  private static RawEvent event(byte[] value, byte @Nullable [] header) {
    return new RawEvent(null, value, name -> name.equals(Frame.HEADER) ? header : null, 0);
  }
}
