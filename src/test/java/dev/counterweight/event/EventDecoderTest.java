package dev.counterweight.event;

import static dev.counterweight.event.Rejections.assertRejected;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventRejectedException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventDecoderTest {
  private static final EventSchema PLAIN =
      new EventSchema(List.of("a", "b"), "label", List.of("no", "yes"), null, null);
  private static final EventSchema FULL =
      new EventSchema(List.of("a", "b"), "label", List.of("no", "yes"), "at", "cost");

  @Test
  void jsonFieldsAreFoundByNameWhateverTheirOrder() throws Exception {
    EventDecoder decoder = EventFormat.JSON.decoder(FULL);
    byte[] event =
        bytes(
            "{\"cost\":2.5,\"b\":-1e2,\"x\":{\"a\":[9]},\"label\":\"yes\",\"at\":1700000000000,\"a\":3}");

    assertThat(decoder.head(RawEvent.of(event, 5)))
        .isEqualTo(new EventHead(1, 1_700_000_000_000L, 2.5));
    assertThat(features(decoder, event)).containsExactly(0, 3, -100);
  }

  @Test
  void jsonTimeMayBeIso8601() throws Exception {
    byte[] event =
        bytes("{\"a\":1,\"b\":2,\"label\":\"no\",\"cost\":1,\"at\":\"2026-01-01T01:00:00+01:00\"}");

    assertThat(EventFormat.JSON.decoder(FULL).head(RawEvent.of(event, 5)).timeMs())
        .isEqualTo(1_767_225_600_000L);
  }

  @Test
  void jsonLabelsMayBeNumbersOrBooleans() throws Exception {
    EventSchema schema = new EventSchema(List.of("a"), "y", List.of("0", "true"), null, null);
    EventDecoder decoder = EventFormat.JSON.decoder(schema);

    assertThat(decoder.head(RawEvent.of(bytes("{\"y\":0}"), 5)).label()).isZero();
    assertThat(decoder.head(RawEvent.of(bytes("{\"y\":true}"), 5)).label()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "EMPTY           | ``                                       | value is empty",
        "MALFORMED       | not json                                 | not JSON",
        "MALFORMED       | [1]                                      | not a JSON object",
        "MALFORMED       | {\"label\":\"no\",\"a\":1,\"b\":2           | not JSON",
        "MALFORMED       | {\"label\":\"no\"} {}                    | more than one",
        "MISSING_LABEL   | {\"a\":1,\"b\":2}                        | label 'label' is missing: the"
            + " event has a, b",
        "MISSING_LABEL   | {\"label\":null}                         | label field 'label' is null",
        "UNKNOWN_LABEL   | {\"label\":\"maybe\"}                    | label 'maybe'",
      })
  void jsonHeadsThatBreakARuleAreRejectedWithIt(Reason reason, String event, String message) {
    assertRejected(
        () -> EventFormat.JSON.decoder(PLAIN).head(RawEvent.of(bytes(event), 5)), reason, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "MISSING_FEATURE | {\"label\":\"no\",\"a\":1}               | feature 'b' is missing",
        "MISSING_FEATURE | {\"label\":\"no\",\"a\":1,\"a\":2}       | feature 'b' is missing",
        "BAD_FEATURE     | {\"label\":\"no\",\"a\":1,\"b\":\"x\"}   | feature 'b' is 'x': must be a"
            + " number",
        "MISSING_FEATURE | {\"label\":\"no\",\"a\":1,\"b\":null}    | feature 'b' is null:"
            + " feature.b.missing",
        "BAD_FEATURE     | {\"label\":\"no\",\"a\":1e39,\"b\":2}    | feature 'a' is '1e39': must"
            + " be finite",
        "BAD_FEATURE     | {\"label\":\"no\",\"a\":1e400,\"b\":2}   | feature 'a' is '1e400': must"
            + " be finite",
        "MISSING_FEATURE | {\"label\":\"no\",\"a\":NaN,\"b\":2}     | feature 'a' is NaN",
      })
  void jsonFeaturesThatBreakARuleAreRejectedWithIt(Reason reason, String event, String message) {
    EventDecoder decoder = EventFormat.JSON.decoder(PLAIN);
    assertRejected(() -> features(decoder, bytes(event)), reason, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "BAD_TIME       | -1       | 1    | time '-1'",
        "BAD_TIME       | 1e18     | 1    | time '1e18'",
        "BAD_TIME       | \"now\"  | 1    | time 'now'",
        "BAD_TIME       | \"+300000000-01-01T00:00:00Z\" | 1 | time '+300000000-01-01T00:00:00Z'",
        "BAD_TIME       | \"-300000000-01-01T00:00:00Z\" | 1 | time '-300000000-01-01T00:00:00Z'",
        "BAD_IMPORTANCE | 1        | -0.5 | importance '-0.5'",
        "BAD_IMPORTANCE | 1        | 1.01e30 | importance '1.01e30' in field 'cost': must be a"
            + " number from 0 to 1e30",
        "BAD_IMPORTANCE | 1        | 1e308 | importance '1e308'",
        "BAD_IMPORTANCE | 1        | \"x\"  | importance 'x'",
      })
  void timeAndImportanceAreCheckedInEveryFormat(
      Reason reason, String time, String importance, String message) {
    String json =
        "{\"a\":1,\"b\":2,\"label\":\"no\",\"at\":%s,\"cost\":%s}".formatted(time, importance);
    assertRejected(
        () -> EventFormat.JSON.decoder(FULL).head(RawEvent.of(bytes(json), 5)), reason, message);
    String csv = "1,2,no,%s,%s".formatted(time, importance).replace("\"", "");
    assertRejected(
        () -> EventFormat.CSV.decoder(FULL).head(RawEvent.of(bytes(csv), 5)), reason, message);
  }

  @Test
  void csvIsFeaturesThenLabelThenTimeAndImportance() throws Exception {
    EventDecoder decoder = EventFormat.CSV.decoder(FULL);
    byte[] event = bytes("3,-1e2,\"yes\",1700000000000,2.5");

    assertThat(decoder.head(RawEvent.of(event, 5)))
        .isEqualTo(new EventHead(1, 1_700_000_000_000L, 2.5));
    assertThat(features(decoder, event)).containsExactly(0, 3, -100);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "EMPTY           | ``          | value is empty",
        "MALFORMED       | 1,no        | 2 fields: must be 3 (a, b, label)",
        "MALFORMED       | 1,2,no,4    | 4 fields: must be 3",
        "UNKNOWN_LABEL   | 1,2,maybe   | label 'maybe'",
        "MALFORMED       | 1,2,\"no     | not CSV: a quoted field does not end",
        "MALFORMED       | \"1\",\"2,no   | not CSV: a quoted field does not end",
        "MALFORMED       | 1,2,\"no\"\"   | not CSV: a quoted field does not end",
      })
  void csvHeadsThatBreakARuleAreRejectedWithIt(Reason reason, String event, String message) {
    assertRejected(
        () -> EventFormat.CSV.decoder(PLAIN).head(RawEvent.of(bytes(event), 5)), reason, message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "MISSING_FEATURE | 1,,no        | feature 'b' is missing",
        "BAD_FEATURE     | 1,x,no       | feature 'b' is 'x': must be a number",
        "BAD_FEATURE     | NaN,2,no     | feature 'a' is 'NaN': must be a number",
        "BAD_FEATURE     | 1,Infinity,no | must be a number",
        "BAD_FEATURE     | 1e400,2,no   | feature 'a' is '1e400': must be finite",
      })
  void csvFeaturesThatBreakARuleAreRejectedWithIt(Reason reason, String event, String message) {
    EventDecoder decoder = EventFormat.CSV.decoder(PLAIN);
    assertRejected(() -> features(decoder, bytes(event)), reason, message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1,2,no", "1,2,\"no\"", "\"1\",2,no\r\n", " 1 ,2,no", "\r\n1,\"2\",no"})
  void csvIsReadHoweverItIsQuotedAndEnded(String event) throws Exception {
    EventDecoder decoder = EventFormat.CSV.decoder(PLAIN);

    assertThat(decoder.head(RawEvent.of(bytes(event), 5)).label()).isZero();
    assertThat(features(decoder, bytes(event))).containsExactly(0, 1, 2);
  }

  @Test
  void whatIsLargerThanJsonMayBeIsToldInWholeSentences() {
    String digits = "{\"label\":\"no\",\"a\":%s,\"b\":2}".formatted("9".repeat(2000));
    String deep = "{\"label\":\"no\",\"m\":%s%s}".formatted("[".repeat(65), "]".repeat(65));

    assertRejected(
        () -> features(EventFormat.JSON.decoder(PLAIN), bytes(digits)),
        Reason.MALFORMED,
        "Number value length (2000) exceeds the maximum allowed (1000)");
    assertRejected(
        () -> EventFormat.JSON.decoder(PLAIN).head(RawEvent.of(bytes(deep), 5)),
        Reason.MALFORMED,
        "nesting depth (65) exceeds the maximum allowed (64)");
  }

  @Test
  void twoCsvRowsOrBytesThatAreNoTextAreMalformed() {
    EventDecoder decoder = EventFormat.CSV.decoder(PLAIN);
    assertRejected(
        () -> decoder.head(RawEvent.of(bytes("1,2,no\n1,2,no"), 5)),
        Reason.MALFORMED,
        "more than one");
    assertRejected(
        () -> decoder.head(RawEvent.of(new byte[] {(byte) 0xff, ',', '2', ',', 'n'}, 5)),
        Reason.MALFORMED,
        "not UTF-8");
  }

  @Test
  void float32IsFeaturesThenClassIndex() throws Exception {
    EventDecoder decoder = EventFormat.FLOAT32.decoder(PLAIN);
    byte[] event = floats(3, -100, 1);

    assertThat(decoder.head(RawEvent.of(event, 5))).isEqualTo(new EventHead(1, 5, 1));
    assertThat(features(decoder, event)).containsExactly(0, 3, -100);
  }

  @Test
  void float32ThatBreaksARuleIsRejectedWithIt() {
    EventDecoder decoder = EventFormat.FLOAT32.decoder(PLAIN);
    assertRejected(() -> decoder.head(RawEvent.of(null, 5)), Reason.TOMBSTONE, "a tombstone");
    assertRejected(
        () -> decoder.head(RawEvent.of(floats(1, 0), 5)), Reason.MALFORMED, "8 bytes: must be 12");
    assertRejected(
        () -> decoder.head(RawEvent.of(floats(1, 2, 2), 5)),
        Reason.UNKNOWN_LABEL,
        "class index 2.0");
    assertRejected(
        () -> decoder.head(RawEvent.of(floats(1, 2, 0.5f), 5)), Reason.UNKNOWN_LABEL, "0.5");
    assertRejected(
        () -> decoder.head(RawEvent.of(floats(1, 2, Float.NaN), 5)), Reason.UNKNOWN_LABEL, "NaN");
    assertRejected(
        () -> features(decoder, floats(1, Float.NaN, 0)),
        Reason.MISSING_FEATURE,
        "feature 'b' is missing: it is NaN");
  }

  @Test
  void aRecordWithoutTimestampNeedsATimeField() {
    assertRejected(
        () -> EventFormat.JSON.decoder(PLAIN).head(RawEvent.of(bytes("{\"label\":\"no\"}"), -1)),
        Reason.BAD_TIME,
        "no timestamp");
    assertRejected(
        () -> EventFormat.JSON.decoder(PLAIN).head(RawEvent.of(bytes("{\"label\":\"no\"}"), 0)),
        Reason.BAD_TIME,
        "no timestamp, or 0");
  }

  private static float[] features(EventDecoder decoder, byte[] event)
      throws EventRejectedException {
    float[] target = new float[3];
    decoder.features(RawEvent.of(event, 0), target, 1);
    return target;
  }

  private static byte[] bytes(@Nullable String text) {
    return text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] floats(float... values) {
    ByteBuffer out = ByteBuffer.allocate(values.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      out.putFloat(value);
    }
    return out.array();
  }
}
