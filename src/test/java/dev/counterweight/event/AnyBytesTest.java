package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Whatever a producer sends is an event or is rejected: anything else thrown ends the job. */
class AnyBytesTest {
  private static final EventSchema PLAIN =
      new EventSchema(List.of("a", "b"), "label", List.of("no", "yes"), null, null);
  private static final EventSchema TIMED =
      new EventSchema(List.of("a", "b"), "label", List.of("no", "yes"), "at", "cost");
  private static final List<EventSchema> SCHEMAS =
      List.of(
          PLAIN,
          TIMED,
          JoinedSchemas.joined(TIMED, "a"),
          JoinedSchemas.withoutLabel(PLAIN, "b"),
          JoinedSchemas.labels(TIMED, "a"),
          JoinedSchemas.labels(TIMED, "cost"));

  @Property(tries = 1000)
  void anyBytesAreReadOrRejected(@ForAll byte[] value, @ForAll long timestampMs) {
    readInEveryFormat(value, timestampMs);
  }

  @Property(tries = 3000)
  void nearlyValidEventsAreReadOrRejected(@ForAll("events") String event) {
    readInEveryFormat(event.getBytes(StandardCharsets.UTF_8), 5);
  }

  @Provide
  Arbitrary<String> events() {
    return Combinators.combine(
            mostly("\"no\""), mostly("1.5"), mostly("1700000000000"), mostly("2"))
        .as(
            (label, feature, time, importance) ->
                Stream.of(
                    "{\"label\":%s,\"a\":%s,\"b\":1,\"at\":%s,\"cost\":%s}"
                        .formatted(label, feature, time, importance),
                    "%s,1,%s,%s,%s".formatted(feature, label, time, importance),
                    "1,%s,%s".formatted(feature, label)))
        .flatMap(formats -> Arbitraries.of(formats.toList()))
        .flatMap(
            whole ->
                Arbitraries.frequencyOf(
                    Tuple.of(4, Arbitraries.just(whole)),
                    Tuple.of(
                        1,
                        Arbitraries.integers()
                            .between(0, whole.length())
                            .map(length -> whole.substring(0, length)))));
  }

  private static Arbitrary<String> mostly(String valid) {
    return Arbitraries.frequencyOf(Tuple.of(2, Arbitraries.just(valid)), Tuple.of(1, values()));
  }

  private static Arbitrary<String> values() {
    return Arbitraries.oneOf(
        Arbitraries.of("\"no\"", "\"yes\"", "no", "null", "true", "{}", "[1,{}]", "\"", "", "NaN"),
        Arbitraries.of("1", "0.5", "1e400", "-1e400", "1e-400", "9223372036854775808", "-0", "1f"),
        Arbitraries.doubles().map(String::valueOf),
        Arbitraries.bigDecimals().map(String::valueOf),
        Arbitraries.integers().between(1, 400).map("9"::repeat),
        times(),
        times().map(time -> '"' + time + '"'),
        Arbitraries.strings().ofMaxLength(12).map(text -> '"' + text + '"'));
  }

  /** ISO 8601 has years up to 999,999,999: milliseconds do not reach them. */
  private static Arbitrary<String> times() {
    return Combinators.combine(
            Arbitraries.longs().between(-999_999_999, 999_999_999),
            Arbitraries.of("Z", "+18:00", "-18:00", "+19:00", ""))
        .as((year, offset) -> "%+010d-01-01T00:00:00%s".formatted(year, offset));
  }

  private static void readInEveryFormat(byte[] value, long timestampMs) {
    for (EventSchema schema : SCHEMAS) {
      for (EventFormat format : List.of(EventFormat.JSON, EventFormat.CSV, EventFormat.FLOAT32)) {
        boolean timed = schema.time() != null;
        if (!(timed && format == EventFormat.FLOAT32)) {
          read(schema, format.decoder(schema), value, timestampMs);
        }
      }
    }
  }

  private static void read(
      EventSchema schema, EventDecoder decoder, byte[] value, long timestampMs) {
    try {
      EventHead head = decoder.head(RawEvent.of(value, timestampMs));
      assertThat(head.label()).isBetween(schema.label() == null ? EventHead.NO_LABEL : 0, 1);
      if (schema.key() != null) {
        assertThat(decoder.joinKey()).isNotEmpty();
      }
      assertThat(head.timeMs()).isNotNegative();
      assertThat(head.importance()).matches(x -> x >= 0 && x <= 1e30);
      float[] features = new float[2];
      decoder.features(RawEvent.of(value, 0), features, 0);
      assertThat(features[0]).isFinite();
      assertThat(features[1]).isFinite();
    } catch (EventRejectedException rejected) {
      assertThat(rejected.getMessage()).isNotBlank();
    }
  }
}
