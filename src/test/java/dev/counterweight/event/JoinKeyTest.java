package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.config.JobConfigLoader;
import dev.counterweight.event.EventRejectedException.Reason;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class JoinKeyTest {
  private static final long NOW_MS = 1_790_000_000_000L;
  private static final EventSchema PLAIN =
      new EventSchema(List.of("a", "b"), "label", List.of("ok", "fraud"), null, null);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void keysAreTheSameInEveryFormat(PurchaseFormat format) throws Exception {
    Map<String, EventDecoder> decoders = new HashMap<>();
    for (String field : List.of("card.country", "card.merchant", "card.present")) {
      decoders.put(field, decoder(format, field));
    }
    for (int i = 0; i < 300; i++) {
      Purchase purchase = Purchase.of(i);
      RawEvent event = RawEvent.of(format.write(purchase), NOW_MS);
      assertThat(key(decoders, "card.country", event)).isEqualTo(purchase.country());
      assertThat(key(decoders, "card.merchant", event)).isEqualTo("" + purchase.merchant());
      assertThat(key(decoders, "card.present", event)).isEqualTo("" + purchase.present());
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CSV")
  void numbersThatAreWholeAreKeysWithoutAPoint(PurchaseFormat format) throws Exception {
    EventDecoder decoder = decoder(format, "w");

    assertThat(key(decoder, RawEvent.of(format.write(Purchase.of(1)), NOW_MS))).isEqualTo("1");
    assertThat(key(decoder, RawEvent.of(format.write(Purchase.of(2)), NOW_MS))).isEqualTo("1.5");
  }

  @ParameterizedTest
  @EnumSource
  void theRecordsKeyIsTakenAsItsBytesAreAndAHeaderAsItsText(PurchaseFormat format)
      throws Exception {
    byte[] noText = {(byte) 0xff, 0, 1, ' '};
    RawEvent event =
        new RawEvent(
            noText,
            format.write(Purchase.of(1)),
            name -> name.equals("order") ? " Bestellung 7 ".getBytes(UTF_8) : null,
            NOW_MS);

    EventDecoder byKey = decoder(format, "key:");
    byKey.head(event);
    assertThat(byKey.joinKey()).isSameAs(noText);
    assertThat(key(decoder(format, "header:order"), event)).isEqualTo(" Bestellung 7 ");
  }

  @ParameterizedTest
  @EnumSource
  void anEventWithoutKeyIsRejectedForThat(PurchaseFormat format) throws Exception {
    Purchase unknown = Purchase.of(17);
    assertThat(unknown.channel()).isNull();
    byte[] value = format.write(unknown);

    assertMissing(decoder(format, "channel"), RawEvent.of(value, NOW_MS), "join key 'channel' is ");
    assertMissing(
        decoder(format, "key:"),
        RawEvent.of(value, NOW_MS),
        "join key 'key:' is missing: the record has no key; events.key must lead to a text or a"
            + " number in every record");
    assertMissing(
        decoder(format, "key:"),
        new RawEvent(new byte[0], value, RawEvent.Headers.NONE, NOW_MS),
        "join key 'key:' is empty");
    assertMissing(
        decoder(format, "header:order"),
        RawEvent.of(value, NOW_MS),
        "join key 'header:order' is missing");
    assertMissing(
        decoder(format, "header:order"),
        new RawEvent(null, value, name -> name.equals("order") ? bytes(" ") : null, NOW_MS),
        "join key 'header:order' is blank");
    // That a key is missing hides nothing that an event is rejected for otherwise.
    assertThatThrownBy(() -> decoder(format, "key:").head(RawEvent.of(new byte[0], NOW_MS)))
        .isInstanceOfSatisfying(
            EventRejectedException.class, e -> assertThat(e.reason()).isEqualTo(Reason.EMPTY));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "CSV")
  void whatIsNoScalarIsNoKey(PurchaseFormat format) {
    RawEvent event = RawEvent.of(format.write(Purchase.of(1)), NOW_MS);

    assertMissing(decoder(format, "card"), event, "join key 'card' is a");
    assertMissing(decoder(format, "tags"), event, "join key 'tags' is an array");
    assertMissing(decoder(format, "nowhere"), event, "join key 'nowhere' is missing");
  }

  @Test
  void aPointInTimeIsNoKey() {
    assertMissing(
        decoder(PurchaseFormat.AVRO, "at"),
        RawEvent.of(PurchaseFormat.AVRO.write(Purchase.of(1)), NOW_MS),
        "join key 'at' is a point in time; events.key must lead to a text or a number");
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "7, 7",
        "-0, 0",
        "7.0, 7",
        "7e0, 7",
        "0.50, 0.5",
        "12345678901234567890, 12345678901234567890",
        "\"7.0\", 7.0",
        "\" x\\u00e9\", ` xé`",
        "true, true",
      })
  void jsonValuesHaveOneForm(String json, String key) throws Exception {
    EventDecoder decoder = EventFormat.JSON.decoder(JoinedSchemas.withoutLabel(PLAIN, "id"));

    assertThat(key(decoder, RawEvent.of(bytes("{\"id\":%s}".formatted(json)), NOW_MS)))
        .isEqualTo(key);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"id\":null}       | join key 'id' is null; events.key must lead to",
        "{\"id\":\" \\t\"}   | join key 'id' is blank",
        "{\"id\":[1]}        | join key 'id' is an array",
        "{\"id\":{\"x\":1}}  | join key 'id' is an object",
        "{\"id\":NaN}        | join key 'id' is NaN",
        "{\"id\":1e999}      | join key 'id' is Infinity",
        "{\"order\":{\"id\":1}} | join key 'id' is missing: the event has order {id}",
      })
  void jsonWithoutAKeyIsRejected(String json, String message) {
    EventDecoder decoder = EventFormat.JSON.decoder(JoinedSchemas.withoutLabel(PLAIN, "id"));

    assertMissing(decoder, RawEvent.of(bytes(json), NOW_MS), message);
  }

  @Test
  void aKeyMayStandInAnObjectThatTheRecordsKeyIs() throws Exception {
    EventDecoder decoder =
        EventFormat.JSON.decoder(JoinedSchemas.withoutLabel(PLAIN, "key:order.id"));
    RawEvent event =
        new RawEvent(
            bytes("{\"order\":{\"id\":12.0}}"), bytes("{}"), RawEvent.Headers.NONE, NOW_MS);

    assertThat(key(decoder, event)).isEqualTo("12");
    assertMissing(decoder, RawEvent.of(bytes("{}"), NOW_MS), "join key 'key:order.id' is missing;");
  }

  @Test
  void floatsAreJoinedByWhatStandsBesideThem() throws Exception {
    byte[] value =
        ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(1).putFloat(2).array();
    RawEvent event = new RawEvent(bytes("k"), value, name -> bytes("h"), NOW_MS);
    EventDecoder decoder = EventFormat.FLOAT32.decoder(JoinedSchemas.withoutLabel(PLAIN, "key:"));

    assertThat(key(decoder, event)).isEqualTo("k");
    assertThat(decoder.head(event)).isEqualTo(new EventHead(EventHead.NO_LABEL, NOW_MS, 1));
    assertThat(
            key(EventFormat.FLOAT32.decoder(JoinedSchemas.withoutLabel(PLAIN, "header:id")), event))
        .isEqualTo("h");
    assertMissing(decoder, RawEvent.of(value, NOW_MS), "join key 'key:' is missing");
    assertMissing(
        EventFormat.FLOAT32.decoder(JoinedSchemas.withoutLabel(PLAIN, "a")),
        event,
        "join key 'a' has no place in the value");
  }

  @Test
  void aKeyIsAsLongAsTheBoundAndNoLonger() throws Exception {
    String longest = "é".repeat(EventSchema.MOST_KEY_BYTES / 2);
    EventDecoder decoder = EventFormat.JSON.decoder(JoinedSchemas.withoutLabel(PLAIN, "id"));

    assertThat(key(decoder, RawEvent.of(bytes("{\"id\":\"" + longest + "\"}"), NOW_MS)))
        .isEqualTo(longest);
    assertRejected(
        decoder,
        RawEvent.of(bytes("{\"id\":\"" + longest + "x\"}"), NOW_MS),
        Reason.TOO_LARGE,
        "join key 'id' has 65537 bytes: must be at most 65536 bytes (events.key)");
    assertRejected(
        EventFormat.JSON.decoder(JoinedSchemas.withoutLabel(PLAIN, "key:")),
        new RawEvent(bytes(longest + "x"), bytes("{}"), RawEvent.Headers.NONE, NOW_MS),
        Reason.TOO_LARGE,
        "join key 'key:' has more: must be at most 65536 bytes (events.key)");
  }

  @Test
  void aSchemaWithoutKeyHasNone() throws Exception {
    for (EventFormat format : List.of(EventFormat.JSON, EventFormat.CSV, EventFormat.FLOAT32)) {
      assertThatThrownBy(() -> format.decoder(PLAIN).joinKey())
          .isInstanceOf(IllegalStateException.class);
    }
  }

  private static String key(Map<String, EventDecoder> decoders, String field, RawEvent event)
      throws EventRejectedException {
    return key(Objects.requireNonNull(decoders.get(field)), event);
  }

  private static String key(EventDecoder decoder, RawEvent event) throws EventRejectedException {
    decoder.head(event);
    return new String(decoder.joinKey(), UTF_8);
  }

  private EventDecoder decoder(PurchaseFormat format, String key) {
    return decoder(format, JoinedSchemas.joined(events(format, folder).schema(), key), folder);
  }

  static EventDecoder decoder(PurchaseFormat format, EventSchema schema, Path folder) {
    EventsConfig events = events(format, folder);
    return JoinedSchemas.with(events, schema).decoder(format.registry());
  }

  static EventsConfig events(PurchaseFormat format, Path folder) {
    Map<String, String> settings = new HashMap<>(format.settings(false, folder));
    settings.put("job", "joined");
    settings.put("bootstrap.servers", "unused:1");
    settings.put("instance.id", "joined");
    settings.put("events.topic", "purchases");
    settings.put("checkpoint.dir", "unused");
    return JobConfigLoader.load(settings).events();
  }

  private static void assertMissing(EventDecoder decoder, RawEvent event, String message) {
    assertRejected(decoder, event, Reason.MISSING_KEY, message);
  }

  private static void assertRejected(
      EventDecoder decoder, RawEvent event, Reason reason, String message) {
    Rejections.assertRejected(() -> decoder.head(event), reason, message);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
