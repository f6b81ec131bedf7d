package dev.counterweight.event;

import static dev.counterweight.event.Rejections.assertRejected;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.EventRejectedException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is scored needs no label, time, importance or join key; what it has of them is let be. */
class HeadlessEventsTest {
  private static final FeatureSchema FEATURES = FeatureSchema.ofNumbers(List.of("a", "b"));
  private static final EventSchema SCHEMA =
      new EventSchema(
          FEATURES,
          "label",
          List.of("ok", "fraud"),
          "at",
          "weight",
          EventTimeUnit.MS,
          1_000_000,
          List.of());

  private static float[] features(EventFormat format, EventSchema schema, byte[] value)
      throws EventRejectedException {
    float[] row = new float[2];
    format
        .decoder(schema.headless(FEATURES, schema.classes()), 1000)
        .features(RawEvent.of(value, -1), row, 0);
    return row;
  }

  @Test
  void anObjectNeedsTheFeaturesAlone() throws Exception {
    assertThat(features(EventFormat.JSON, SCHEMA, "{\"b\":2,\"a\":1}".getBytes(UTF_8)))
        .containsExactly(1, 2);
    assertThat(
            features(
                EventFormat.JSON,
                SCHEMA,
                "{\"a\":1,\"label\":{},\"at\":\"x\",\"b\":2}".getBytes(UTF_8)))
        .containsExactly(1, 2);
    assertRejected(
        () -> features(EventFormat.JSON, SCHEMA, "{\"a\":1}".getBytes(UTF_8)),
        Reason.MISSING_FEATURE,
        "");
  }

  @Test
  void aRowHasAllColumnsOrTheFeaturesAlone() throws Exception {
    assertThat(features(EventFormat.CSV, SCHEMA, "1,2,nonsense,,x".getBytes(UTF_8)))
        .containsExactly(1, 2);
    assertThat(features(EventFormat.CSV, SCHEMA, "1,2".getBytes(UTF_8))).containsExactly(1, 2);
    assertThatThrownBy(() -> features(EventFormat.CSV, SCHEMA, "1,2,ok".getBytes(UTF_8)))
        .hasMessage("3 fields: must be 5 (a, b, label, at, weight), or the 2 features alone");
  }

  @Test
  void columnsThatAreNamedStay() throws Exception {
    EventSchema named =
        new EventSchema(
            FEATURES,
            "label",
            List.of("ok", "fraud"),
            null,
            null,
            EventTimeUnit.MS,
            0,
            List.of("id", "b", "label", "a"));
    assertThat(features(EventFormat.CSV, named, "7,2,,1".getBytes(UTF_8))).containsExactly(1, 2);
  }

  @Test
  void floatsMayHaveTheClassIndexBehindThem() throws Exception {
    assertThat(features(EventFormat.FLOAT32, SCHEMA, floats(1, 2))).containsExactly(1, 2);
    assertThat(features(EventFormat.FLOAT32, SCHEMA, floats(1, 2, 77))).containsExactly(1, 2);
    for (byte[] value : List.of(floats(1), floats(1, 2, 0, 0), new byte[9])) {
      assertThatThrownBy(() -> features(EventFormat.FLOAT32, SCHEMA, value))
          .hasMessageContaining(
              "must be 8 (2 features, and perhaps the class index, 4 bytes each)");
    }
  }

  @Test
  void floatsOfEventsWhoseLabelComesApartHaveNone() {
    EventSchema apart =
        new EventSchema(
            FEATURES,
            null,
            List.of("ok", "fraud"),
            null,
            null,
            EventTimeUnit.MS,
            0,
            List.of(),
            List.of(),
            EventSchema.Envelope.NONE,
            false,
            "key:");
    EventDecoder decoder = EventFormat.FLOAT32.decoder(apart);
    assertThatThrownBy(() -> decoder.head(RawEvent.of(floats(1, 2, 0), 1)))
        .hasMessage("12 bytes: must be 8 (2 features, 4 bytes each)");
  }

  private static byte[] floats(float... values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putFloat(value);
    }
    return bytes.array();
  }
}
