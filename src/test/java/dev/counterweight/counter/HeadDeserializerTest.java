package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.config.EventsConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventHead;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.kafka.PollBudget;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HeadDeserializerTest {
  private static final long RECORD_MS = 1_700_000_000_000L;

  @Test
  void anEventIsReadWhereItStandsInWhatWasFetched() {
    HeadDeserializer values = floats();
    ByteBuffer fetched = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    fetched.putFloat(8, 0.5f).putFloat(12, 1);

    byte[] second = values.deserialize("events", new RecordHeaders(), fetched.slice(8, 8));
    byte[] first = values.deserialize("events", new RecordHeaders(), fetched.slice(0, 8));

    assertThat(head(second)).isEqualTo(new EventHead(1, RECORD_MS, 1));
    assertThat(head(first)).isEqualTo(new EventHead(0, RECORD_MS, 1));
  }

  @Test
  void anEventThatWasCountedBeforeItWasPublishedAgainHasNoHead() {
    HeadDeserializer values = floats();
    ByteBuffer event = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putFloat(4, 1);
    RecordHeaders headers = new RecordHeaders();
    headers.add("cw.counted", new byte[0]);

    byte[] value = values.deserialize("events", headers, event);

    assertThat(HeadDeserializer.head(value, RECORD_MS, 0)).isNull();
    assertThat(HeadDeserializer.withoutHead(value)).isEqualTo(EventChunk.COUNTED);
    byte[] unreadable = values.deserialize("events", headers, ByteBuffer.allocate(3));
    assertThat(HeadDeserializer.withoutHead(unreadable)).isEqualTo(EventChunk.UNREADABLE);
  }

  @Test
  void anEventsOwnTimeAndImportanceGoBeforeTheRecords() {
    HeadDeserializer values = json("at", "amount");

    byte[] value = read(values, "{\"label\":\"fraud\",\"at\":1234,\"amount\":2.5,\"a\":1}");

    assertThat(head(value)).isEqualTo(new EventHead(1, 1_234, 2.5));
  }

  @Test
  void importanceAloneLeavesTheRecordsTime() {
    byte[] value = read(json(null, "amount"), "{\"label\":\"fraud\",\"amount\":2.5,\"a\":1}");

    assertThat(head(value)).isEqualTo(new EventHead(1, RECORD_MS, 2.5));
    assertThat(HeadDeserializer.head(value, 0, 0)).as("no time at all").isNull();
  }

  @Test
  void aRecordWithoutTimestampCountsWhereTheEventHasATime() {
    byte[] timed = read(json("at", null), "{\"label\":\"ok\",\"at\":1234,\"a\":1}");
    byte[] timeless = read(json(null, null), "{\"label\":\"ok\",\"a\":1}");

    assertThat(HeadDeserializer.head(timed, -1, 0)).isNotNull();
    assertThat(HeadDeserializer.head(timeless, -1, 0)).isNull();
    assertThat(HeadDeserializer.head(timeless, RECORD_MS, 0)).isNotNull();
  }

  @Test
  void whatCannotBeReadHasNoHead() {
    HeadDeserializer values = json(null, null);

    for (String bad : List.of("", "{", "{\"label\":\"maybe\"}", "{\"a\":1}")) {
      assertThat(HeadDeserializer.head(read(values, bad), RECORD_MS, 0)).as(bad).isNull();
    }
    assertThat(HeadDeserializer.head(read(values, "{\"label\":\"ok\"}"), RECORD_MS, 0)).isNotNull();
    assertThat(HeadDeserializer.head(null, RECORD_MS, 0)).isNull();
    assertThat(values.deserialize("events", new RecordHeaders(), (ByteBuffer) null)).isNull();
  }

  @Test
  void deletesAndEventsWithoutALabelArePassedOverAndNoneOfThemIsUnreadable() {
    HeadDeserializer values =
        of(
            EventFormat.JSON,
            new EventSchema(
                FeatureSchema.ofNumbers(List.of("a")),
                "label",
                List.of("ok", "fraud"),
                null,
                null,
                EventTimeUnit.MS,
                0,
                List.of(),
                List.of(),
                EventSchema.Envelope.DEBEZIUM,
                true,
                null));

    assertThat(withoutHead(values, "{\"op\":\"d\",\"before\":{\"label\":\"ok\"},\"after\":null}"))
        .isEqualTo(EventChunk.TOMBSTONE);
    assertThat(withoutHead(values, "{\"op\":\"c\",\"after\":{\"a\":1}}"))
        .isEqualTo(EventChunk.UNLABELLED);
    assertThat(withoutHead(values, "{\"op\":\"c\",\"after\":{\"label\":\"maybe\"}}"))
        .isEqualTo(EventChunk.UNREADABLE);
    assertThat(head(read(values, "{\"op\":\"c\",\"after\":{\"label\":\"fraud\"}}")).label())
        .isEqualTo(1);
  }

  private static int withoutHead(HeadDeserializer values, String json) {
    byte[] value = read(values, json);
    assertThat(HeadDeserializer.head(value, RECORD_MS, 0)).isNull();
    return HeadDeserializer.withoutHead(value);
  }

  @Test
  void valuesOfOtherTopicsStayAsTheyAre() {
    byte[] partial = {1, 2, 3};

    assertThat(floats().deserialize("partials", new RecordHeaders(), ByteBuffer.wrap(partial)))
        .containsExactly(1, 2, 3)
        .isNotSameAs(partial);
  }

  @Test
  void theSizeOfAValueCanBeToldAfterwards() {
    for (String topic : List.of("events", "partials")) {
      ByteBuffer value = ByteBuffer.allocate(16).slice(8, 8);

      floats().deserialize(topic, new RecordHeaders(), value);

      assertThat(value.remaining()).as(topic).isEqualTo(8);
    }
  }

  private static byte @Nullable [] read(HeadDeserializer values, String json) {
    return values.deserialize(
        "events", new RecordHeaders(), ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)));
  }

  private static EventHead head(byte @Nullable [] value) {
    return Objects.requireNonNull(HeadDeserializer.head(value, RECORD_MS, 0));
  }

  private static HeadDeserializer floats() {
    return of(EventFormat.FLOAT32, null, null);
  }

  private static HeadDeserializer json(@Nullable String time, @Nullable String importance) {
    return of(EventFormat.JSON, time, importance);
  }

  private static HeadDeserializer of(
      EventFormat format, @Nullable String time, @Nullable String importance) {
    return of(
        format, new EventSchema(List.of("a"), "label", List.of("ok", "fraud"), time, importance));
  }

  private static HeadDeserializer of(EventFormat format, EventSchema schema) {
    EventsConfig events =
        new EventsConfig(
            "events",
            format,
            EventsConfig.Start.EARLIEST,
            schema,
            0,
            1 << 20,
            EventsConfig.Lost.FAIL);
    PollBudget budget = new PollBudget(1 << 20);
    return new HeadDeserializer(events, WriterSchemas.NONE, new EventKeys(events, budget), budget);
  }
}
