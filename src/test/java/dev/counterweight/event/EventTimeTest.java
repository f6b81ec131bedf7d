package dev.counterweight.event;

import static dev.counterweight.event.Rejections.assertRejected;
import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.event.EventRejectedException.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTimeTest {
  private static final long FROM_1990 = Instant.parse("1990-01-01T00:00:00Z").toEpochMilli();
  private static final long NOON = Instant.parse("2026-09-21T12:00:00.123Z").toEpochMilli();

  @ParameterizedTest
  @CsvSource({
    "S, 1789992000.123",
    "S, 1.789992000123e9",
    "MS, 1789992000123",
    "US, 1789992000123456",
    "NS, 1789992000123456789",
  })
  void aNumberIsReadInTheUnitDeclared(EventTimeUnit unit, String number) throws Exception {
    assertThat(json(unit, number)).isEqualTo(NOON);
    assertThat(json(unit, '"' + number + '"')).isEqualTo(NOON);
    assertThat(csv(unit, number)).isEqualTo(NOON);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "2026-09-21T12:00:00.123Z",
        "2026-09-21T14:00:00.123+02:00",
        "2026-09-21T14:00:00.123+0200",
        "2026-09-21T12:00:00.123+0000",
        "2026-09-21T14:00:00.123+02",
        "2026-09-21 12:00:00.123Z",
        "2026-09-21 14:00:00.123 +0200",
        "2026-09-21T14:00:00.123+02:00[Europe/Paris]",
        "2026-09-21T14:00:00.123[Europe/Paris]",
      })
  void isoTimesAreReadInEveryUnit(String text) throws Exception {
    for (EventTimeUnit unit : EventTimeUnit.values()) {
      assertThat(json(unit, '"' + text + '"')).as("%s", unit).isEqualTo(NOON);
      assertThat(csv(unit, text)).as("%s", unit).isEqualTo(NOON);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "MS  | 1789992000          | before events.min.time=1990-01-01; in s it is"
            + " 2026-09-21T12:00:00Z: set events.time.unit=s",
        "MS  | 1789992000          | time '1789992000' in field 'at' is 1970-01-21T17:13:12Z in ms",
        "MS  | 1789992000123456789 | must be ms since 1970, up to the year 9999; in ns it is"
            + " 2026-09-21",
        "S   | 1789992000123       | set events.time.unit=ms",
        "NS  | 1789992000123       | set events.time.unit=ms",
        "US  | 1789992000          | set events.time.unit=s",
        "ISO | 1789992000123       | must be ISO 8601 with offset (events.time.unit=iso); in ms it"
            + " is 2026-09-21",
        "MS  | 2026-09-21T12:00:00 | has no offset: let the producer write Z or +02:00 behind it",
        "MS  | 2026-09-21          | must be ms since 1970 (events.time.unit) or ISO 8601 with"
            + " offset, such as",
        "MS  | 1970-01-01T00:00:00Z | before events.min.time=1990-01-01",
      })
  void aTimeThatIsNoneSaysWhyAndWhichUnitItWouldBeIn(
      EventTimeUnit unit, String text, String message) {
    assertRejected(() -> json(unit, '"' + text + '"'), Reason.BAD_TIME, message);
    assertRejected(() -> csv(unit, text), Reason.BAD_TIME, message);
  }

  @ParameterizedTest
  @EnumSource(EventTimeUnit.class)
  void aNumberIsATimeOfTheseDecadesInOneUnitAtMost(EventTimeUnit unit) {
    if (unit != EventTimeUnit.ISO) {
      for (long ms : new long[] {FROM_1990, NOON, 4_102_444_799_000L}) {
        assertThat(EventTimeUnit.likely(ms / unit.ms(1))).contains(unit);
      }
    }
    assertThat(EventTimeUnit.likely(7)).isEmpty();
  }

  @Test
  void aRecordsOwnTimestampIsHeldToTheEarliestTimeToo() throws Exception {
    EventDecoder decoder = EventFormat.FLOAT32.decoder(schema(null, EventTimeUnit.MS));

    assertThat(decoder.head(RawEvent.of(new byte[8], NOON)).timeMs()).isEqualTo(NOON);
    assertRejected(
        () -> decoder.head(RawEvent.of(new byte[8], 1_789_992_000L)),
        Reason.BAD_TIME,
        "the record's timestamp 1789992000 is 1970-01-21T17:13:12Z: before events.min.time=1990");
  }

  private static long json(EventTimeUnit unit, String time) throws EventRejectedException {
    return EventFormat.JSON
        .decoder(schema("at", unit))
        .head(RawEvent.of(bytes("{\"label\":\"no\",\"at\":" + time + "}"), 5))
        .timeMs();
  }

  private static long csv(EventTimeUnit unit, String time) throws EventRejectedException {
    return EventFormat.CSV
        .decoder(schema("at", unit))
        .head(RawEvent.of(bytes("1,no," + time), 5))
        .timeMs();
  }

  private static EventSchema schema(
      @org.jspecify.annotations.Nullable String time, EventTimeUnit unit) {
    return new EventSchema(
        FeatureSchema.ofNumbers(List.of("a")),
        "label",
        List.of("no", "yes"),
        time,
        null,
        unit,
        FROM_1990,
        List.of());
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
