package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.EventSchema.Envelope;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Events whose labels stand apart, and those labels. */
class LabelsApartTest {
  private static final long NOW_MS = 1_790_000_000_000L;
  private static final EventSchema PLAIN =
      new EventSchema(List.of("a", "b"), "label", List.of("ok", "fraud"), "at", "w");

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void anEventIsReadWithoutItsLabel(PurchaseFormat format) throws Exception {
    EventSchema whole = JoinKeyTest.events(format, folder).schema();
    EventDecoder with = JoinKeyTest.decoder(format, whole, folder);
    EventDecoder without =
        JoinKeyTest.decoder(format, JoinedSchemas.withoutLabel(whole, "card.country"), folder);
    for (int i = 0; i < 100; i++) {
      RawEvent event = RawEvent.of(format.write(Purchase.of(i)), NOW_MS);
      EventHead head = with.head(event);

      assertThat(without.head(event))
          .isEqualTo(new EventHead(EventHead.NO_LABEL, head.timeMs(), head.importance()));
      assertThat(features(without, event, whole)).isEqualTo(features(with, event, whole));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aLabelIsReadWithoutItsEvent(PurchaseFormat format) throws Exception {
    EventSchema whole = JoinKeyTest.events(format, folder).schema();
    EventDecoder with = JoinKeyTest.decoder(format, whole, folder);
    EventDecoder label =
        JoinKeyTest.decoder(format, JoinedSchemas.labels(whole, "card.country"), folder);
    for (int i = 0; i < 100; i++) {
      RawEvent event = RawEvent.of(format.write(Purchase.of(i)), NOW_MS);

      assertThat(label.head(event)).isEqualTo(with.head(event));
      assertThat(new String(label.joinKey(), UTF_8)).isEqualTo(Purchase.of(i).country());
      label.features(event, new float[0], 0);
    }
  }

  @Test
  void recordsWithoutNamesHaveNoPlaceForALabelThatIsApart() throws Exception {
    EventSchema events = JoinedSchemas.withoutLabel(PLAIN, "id");

    assertThat(events.columns()).containsExactly("a", "b", "at", "w", "id");
    assertThat(JoinedSchemas.withoutLabel(PLAIN, "a").columns())
        .containsExactly("a", "b", "at", "w");
    EventDecoder decoder = EventFormat.CSV.decoder(events);
    assertThat(decoder.head(event("1,2,1700000000000,3, x ")))
        .isEqualTo(new EventHead(EventHead.NO_LABEL, 1_700_000_000_000L, 3));
    assertThat(new String(decoder.joinKey(), UTF_8)).isEqualTo("x");
    assertRejected(decoder, "1,2,fraud,1700000000000,3,x", Reason.MALFORMED, "6 fields: must be 5");
    assertRejected(decoder, "1,2,1,3,", Reason.MISSING_KEY, "join key 'id' is blank; events.key");
  }

  @Test
  void aLabelAloneIsARecordOfItsOwn() throws Exception {
    EventSchema schema = labels("label", null, Envelope.NONE);

    assertThat(schema.columns()).containsExactly("label", "id");
    EventDecoder csv = EventFormat.CSV.decoder(schema);
    assertThat(csv.head(event("chargeback,7"))).isEqualTo(new EventHead(1, NOW_MS, 1));
    assertThat(new String(csv.joinKey(), UTF_8)).isEqualTo("7");
    EventDecoder json = EventFormat.JSON.decoder(schema);
    assertThat(json.head(event("{\"id\":7,\"label\":\"legit\"}")).label()).isZero();
    EventDecoder floats = EventFormat.FLOAT32.decoder(JoinedSchemas.labels(schema, "key:"));
    byte[] one = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).array();
    assertThat(
            floats.head(new RawEvent(new byte[] {7}, one, RawEvent.Headers.NONE, NOW_MS)).label())
        .isEqualTo(1);
  }

  @Test
  void tombstonesAndEnvelopesOfLabelsAreThoseOfEvents() throws Exception {
    EventDecoder decoder = EventFormat.JSON.decoder(labels("label", null, Envelope.DEBEZIUM));

    assertThat(
            decoder.head(event("{\"op\":\"u\",\"after\":{\"id\":1,\"label\":\"fraud\"}}")).label())
        .isEqualTo(1);
    assertRejected(decoder, "{\"op\":\"d\",\"after\":null}", Reason.TOMBSTONE, "op=d");
    assertThatThrownBy(() -> decoder.head(RawEvent.of(null, NOW_MS)))
        .isInstanceOfSatisfying(
            EventRejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.TOMBSTONE));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "MISSING_LABEL | {\"id\":1,\"at\":1}                   | label 'label' is missing",
        "UNKNOWN_LABEL | {\"id\":1,\"at\":1,\"label\":\"x\"}   | not one of events.classes",
        "MISSING_KEY   | {\"at\":1,\"label\":\"ok\"}           | join key 'id' is missing",
        "MISSING_KEY   | {\"at\":1,\"label\":\"ok\",\"id\":\"\"} | labels.key must lead to",
        "BAD_TIME      | {\"id\":1,\"label\":\"ok\",\"at\":\"x\"} | (labels.time.unit)",
        "MALFORMED     | {\"op\":\"c\"} {}                       | more than one JSON value",
      })
  void whatALabelIsRejectedForNamesTheKeysOfLabels(Reason reason, String json, String message) {
    assertRejected(
        EventFormat.JSON.decoder(labels("label", "at", Envelope.NONE)), json, reason, message);
  }

  @Test
  void aLabelThatStandsElsewhereIsSuggestedByTheKeysOfLabels() {
    assertRejected(
        EventFormat.JSON.decoder(labels("label", null, Envelope.NONE)),
        "{\"id\":1,\"outcome\":{\"label\":\"ok\"}}",
        Reason.MISSING_LABEL,
        "labels.label=outcome.label");
    assertRejected(
        EventFormat.CSV.decoder(labels("label", null, Envelope.NONE)),
        "{\"id\":1;\"label\":2}",
        Reason.MALFORMED,
        "labels.format=json reads it");
  }

  @Test
  void theSchemaThatRolesCompareIsAsItWas() {
    assertThat(JoinedSchemas.joined(PLAIN, "id").schema()).isEqualTo(PLAIN.schema());
    assertThat(PLAIN.schema().text())
        .isEqualTo(
            "{\"features\":[\"a\",\"b\"],\"kinds\":[\"number\",\"number\"],\"label\":\"label\","
                + "\"classes\":[\"ok\",\"fraud\"]}");
    assertThat(PLAIN.headInKey()).isFalse();
    assertThat(JoinedSchemas.withoutLabel(PLAIN, "key:").headInKey()).isTrue();
  }

  private static EventSchema labels(String label, @Nullable String time, Envelope envelope) {
    return new EventSchema(
        new FeatureSchema(List.of()),
        label,
        List.of("ok", "fraud"),
        time,
        null,
        EventTimeUnit.MS,
        0,
        List.of(),
        List.of(List.of("legit"), List.of("chargeback")),
        envelope,
        false,
        "id");
  }

  private static float[] features(EventDecoder decoder, RawEvent event, EventSchema schema)
      throws EventRejectedException {
    float[] columns = new float[schema.columnCount()];
    decoder.features(event, columns, 0);
    return columns;
  }

  private static RawEvent event(String text) {
    return RawEvent.of(text.getBytes(UTF_8), NOW_MS);
  }

  private static void assertRejected(
      EventDecoder decoder, String event, Reason reason, String message) {
    Rejections.assertRejected(() -> decoder.head(event(event)), reason, message);
  }
}
