package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.event.EventRejectedException.Reason;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class FeatureValuesTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final FeatureSchema SCHEMA =
      FeatureSchema.of(
          List.of("amount", "age", "country", "tags", "seen", "floor"),
          List.of(
              "number",
              "number(missing=mean)",
              "category(buckets=50,width=5,seed=3)",
              "categories(buckets=20,width=3,seed=3,items=3,missing=mean)",
              "time(zone=Europe/Zurich,missing=mean)",
              "number(missing='-3')"));

  private static final List<@Nullable Object> VALUES =
      Arrays.asList(
          null,
          12.5,
          7,
          9_007_199_254_740_993L,
          Double.POSITIVE_INFINITY,
          1e39,
          Double.NaN,
          "",
          " ",
          "12",
          " -3e1 ",
          "CH",
          " CH ",
          "2026-03-29T01:30:00Z",
          1_790_000_000_123L,
          true,
          false,
          List.of(),
          List.of("a", " b", "c", "d"),
          List.of(1, 2.5, true),
          Arrays.asList(null, "", "x"),
          List.of(""),
          List.of(List.of("a")));

  /** What an event of the same values in JSON becomes, or is refused for. */
  @Test
  void valuesBecomeWhatTheyBecomeInJson() throws Exception {
    EventDecoder decoder =
        EventFormat.JSON.decoder(
            new EventSchema(
                SCHEMA, null, List.of("a", "b"), null, null, EventTimeUnit.MS, 0, List.of()));
    FeatureValues values = new FeatureValues(SCHEMA);
    SplittableRandom random = new SplittableRandom(4);
    int whole = 0;
    for (int i = 0; i < 20_000; i++) {
      Map<String, Object> event = event(random);
      String ours = row(values, event);
      assertThat(ours).as("%s", event).isEqualTo(row(decoder, json(event)));
      whole += ours.startsWith("[") ? 1 : 0;
    }
    assertThat(whole).isGreaterThan(500);
  }

  @Test
  void aTimeMayBeAnInstant() throws Exception {
    FeatureValues values = new FeatureValues(SCHEMA);
    Map<String, Object> event = new LinkedHashMap<>(Map.of("amount", 1, "country", "CH"));
    event.put("seen", 1_790_000_000_123L);
    String wanted = row(values, event);

    event.put("seen", Instant.ofEpochMilli(1_790_000_000_123L));
    assertThat(row(values, event)).isEqualTo(wanted);
    assertThat(values.wasMissing(1)).isTrue();
    assertThat(values.wasMissing(4)).isFalse();
  }

  @Test
  void aFloatIsNamedAsItIsShort() throws Exception {
    FeatureValues values = new FeatureValues(SCHEMA);
    Map<String, Object> event = new LinkedHashMap<>(Map.of("amount", 1, "country", "0.1"));
    String wanted = row(values, event);

    event.put("country", 0.1f);
    assertThat(row(values, event)).isEqualTo(wanted);
  }

  @Test
  void whatIsOfNoTypeThatAFeatureHasIsRefused() {
    FeatureValues values = new FeatureValues(SCHEMA);
    values.begin(new float[SCHEMA.columnCount()], 0);

    assertThatThrownBy(() -> values.put(0, Map.of("a", 1)))
        .isInstanceOf(EventRejectedException.class)
        .hasMessageContaining("feature 'amount' is '{a=1}' of type Map1: must be a number or a");
    assertThat(values.place("age")).isEqualTo(1);
    assertThat(values.place("Age")).isEqualTo(-1);
  }

  private static Map<String, Object> event(SplittableRandom random) {
    Map<String, Object> event = new LinkedHashMap<>();
    for (String name : SCHEMA.names()) {
      if (random.nextInt(6) > 0) {
        // Most often one that the feature takes, so that rows are whole now and then.
        List<@Nullable Object> from =
            name.equals("tags")
                ? VALUES.subList(17, 22)
                : random.nextInt(4) > 0 ? VALUES.subList(9, 17) : VALUES;
        event.put(name, from.get(random.nextInt(from.size())));
      }
    }
    return event;
  }

  private static byte[] json(Map<String, Object> event) throws Exception {
    List<String> fields = new ArrayList<>();
    for (Map.Entry<String, Object> field : event.entrySet()) {
      String value =
          MAPPER
              .writeValueAsString(field.getValue())
              .replace("\"NaN\"", "NaN")
              .replace("\"Infinity\"", "1e400");
      fields.add("\"" + field.getKey() + "\":" + value);
    }
    return ("{" + String.join(",", fields) + "}").getBytes(StandardCharsets.UTF_8);
  }

  /** The row, or why there is none. */
  private static String row(EventDecoder decoder, byte[] json) {
    float[] row = new float[SCHEMA.columnCount()];
    try {
      RawEvent event = RawEvent.of(json, 1);
      decoder.head(event);
      decoder.features(event, row, 0);
      return Arrays.toString(row);
    } catch (EventRejectedException e) {
      return e.reason() + " " + feature(e);
    }
  }

  private static String row(FeatureValues values, Map<String, Object> event) {
    float[] row = new float[SCHEMA.columnCount()];
    try {
      values.begin(row, 0);
      for (Map.Entry<String, Object> field : event.entrySet()) {
        values.put(values.place(field.getKey()), field.getValue());
      }
      values.end();
      return Arrays.toString(row);
    } catch (EventRejectedException e) {
      return e.reason() + " " + feature(e);
    }
  }

  private static String feature(EventRejectedException e) {
    String message = String.valueOf(e.getMessage());
    return e.reason() == Reason.MISSING_FEATURE || e.reason() == Reason.BAD_FEATURE
        ? message.substring(0, message.indexOf('\'', 9))
        : message;
  }
}
