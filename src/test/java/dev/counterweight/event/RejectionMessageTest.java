package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.EventRejectedException.Reason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a person is told of events that strangers sent: the files are what they sent. */
class RejectionMessageTest {
  private static final long NOW_MS = 1_790_000_000_000L;
  private static final List<String> CLASSES = List.of("ok", "fraud");

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "connect-envelope.jsonl | MISSING_LABEL | label 'outcome' is missing: the event has schema"
            + " {type}, payload {a, b, outcome}; it stands in 'payload': events.envelope=connect"
            + " opens that",
        "debezium.jsonl | MISSING_LABEL | the event has before, after {a, b, outcome}, op, ts_ms;"
            + " it stands in 'after': events.envelope=debezium opens that",
        "double-encoded.jsonl | MALFORMED | not a JSON object but a JSON text that holds one: the"
            + " producer encodes its events twice",
        "label-nfd.jsonl | UNKNOWN_LABEL | label 'refuse\\u0301' in field 'outcome': not one of"
            + " events.classes (ok, refus\u00e9); it looks like class 'refus\u00e9', whose"
            + " characters are refus\\u00e9, not refuse\\u0301: let the producer write those, or"
            + " list the label as it is",
        "nan.jsonl | MISSING_FEATURE | feature 'b' is NaN: feature.b.missing may say what that"
            + " means",
        "nested.jsonl | MISSING_FEATURE | feature 'a' is missing: the event has tx {a, b}, outcome;"
            + " it stands in 'tx': feature.a.path=tx.a reads it there; feature.a.missing may say"
            + " what that means",
        "null.jsonl | MISSING_FEATURE | feature 'b' is null: feature.b.missing may say what"
            + " that means",
        "seconds.jsonl | BAD_TIME | time '1790000000' in field 'ts' is 1970-01-21T17:13:20Z in ms:"
            + " before events.min.time=1990-01-01; in s it is 2026-09-21T14:13:20Z: set"
            + " events.time.unit=s",
        "semicolon-comma.csv | UNKNOWN_LABEL | label '39;ok' in field 'outcome': not one of"
            + " events.classes (ok, fraud); the record is separated by semicolons: must be by"
            + " commas, with points in numbers",
        "unlabelled.jsonl | MISSING_LABEL | label 'outcome' is missing: the event has a, b",
        "wire-format-one-record.bin | MALFORMED | framed for a schema registry: byte 0, schema id"
            + " 7, then JSON: events.schema.frame=confluent reads such values",
        "latin1-labels.csv | MALFORMED | not UTF-8 text: byte 0xfc at 9",
        "bank-style.csv | MALFORMED | 1 field: must be 3 (a, b, outcome); the record is separated"
            + " by semicolons",
      })
  void theFirstRecordThatCannotBeReadSaysWhatToDo(String file, Reason reason, String message)
      throws IOException {
    EventRejectedException first = rejected(file, schema(file)).get(0);

    assertThat(first).hasMessageContaining(message);
    assertThat(first.reason()).isEqualTo(reason);
  }

  @ParameterizedTest
  @CsvSource({
    "plain.jsonl",
    "boolean.jsonl",
    "number-as-string.jsonl",
    "time-basic-offset.jsonl",
    "adult-style.csv",
    "label-first-binary.csv",
    "label-float.jsonl",
  })
  void whatCanBeReadIs(String file) throws IOException {
    assertThat(rejected(file, schema(file))).isEmpty();
  }

  @Test
  void secondsAreReadWhereTheyAreDeclared() throws IOException {
    EventSchema seconds =
        new EventSchema(
            FeatureSchema.ofNumbers(List.of("a", "b")),
            "outcome",
            CLASSES,
            "ts",
            null,
            EventTimeUnit.S,
            0,
            List.of());

    assertThat(rejected("seconds.jsonl", seconds)).isEmpty();
  }

  @Test
  void blanksAroundALabelArePassedOver() throws Exception {
    EventSchema schema = schema("plain.jsonl");
    byte[] json = "{\"a\":1,\"b\":2,\"outcome\":\" fraud \"}".getBytes(StandardCharsets.UTF_8);
    byte[] csv = "1, 2 ,fraud ".getBytes(StandardCharsets.UTF_8);

    assertThat(EventFormat.JSON.decoder(schema).head(RawEvent.of(json, NOW_MS)).label())
        .isEqualTo(1);
    assertThat(EventFormat.CSV.decoder(schema).head(RawEvent.of(csv, NOW_MS)).label()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1,\"outcome\":\"frod\"}   | did you mean 'fraud'?",
        "{\"a\":1,\"outcome\":\"Fraud\"}  | class 'fraud' is written otherwise: case counts",
        "{\"a\":1,\"outcome\":\"o\u200bk\"} | label 'o\\u200bk' in field 'outcome'",
        "{\"a\":1,\"outcome\":\"o\u200bk\"} | it looks like class 'ok'",
        "{\"a\":1,\"outcome\":\"\\u001b[2J\"} | label '\\u001b[2J'",
        "{\"a\":1,\"outcome\":\"  \"}     | label field 'outcome' is blank",
        "{\"a\":1,\"outcome\":[1]}        | label field 'outcome' is an array",
        "{\"Outcome\":\"ok\"}             | did you mean 'Outcome'?",
        "{}                               | label 'outcome' is missing: the event has no fields",
        "{\"a\":1,\"b\":tru}              | not JSON in field 'b' at character",
        "[{\"a\":1}]                      | not a JSON object but an array: one record must hold"
            + " one event",
        "{\"a\":1,\"b\":[[                | expected close marker for Array",
      })
  void otherJsonSaysWhatIsThere(String json, String message) {
    assertThatThrownBy(
            () ->
                EventFormat.JSON
                    .decoder(schema("plain.jsonl"))
                    .head(RawEvent.of(json.getBytes(StandardCharsets.UTF_8), 5)))
        .hasMessageContaining(message)
        .hasMessageNotContainingAny("JsonReadFeature", "StreamReadConstraints", "Source");
  }

  @Test
  void longTextIsCutWhereItIsSaidToBe() {
    String label = "x".repeat(5_000);
    assertThatThrownBy(
            () ->
                EventFormat.JSON
                    .decoder(schema("plain.jsonl"))
                    .head(
                        RawEvent.of(
                            ("{\"outcome\":\"" + label + "\"}").getBytes(StandardCharsets.UTF_8),
                            5)))
        .hasMessageContaining("x".repeat(120) + "… (5000 characters in all)' in field 'outcome'")
        .hasMessageNotContaining("x".repeat(121));
  }

  @Test
  void manyClassesAreShownInPart() {
    List<String> classes = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      classes.add("kind-" + i);
    }
    assertThatThrownBy(
            () ->
                EventFormat.CSV
                    .decoder(new EventSchema(List.of("a"), "y", classes, null, null))
                    .head(RawEvent.of("1,kind_999".getBytes(StandardCharsets.UTF_8), 5)))
        .hasMessageContaining("kind-11, … (1000 in all)); did you mean 'kind-999'?");
  }

  @Test
  void bigEndianFloatsAreSuspected() {
    byte[] value = ByteBuffer.allocate(12).putFloat(0.5f).putFloat(2).putFloat(1).array();

    assertThatThrownBy(
            () -> EventFormat.FLOAT32.decoder(schema("plain.jsonl")).head(RawEvent.of(value, 5)))
        .hasMessageContaining("with its bytes reversed it is 1")
        .hasMessageContaining("the producer seems to write big-endian floats");
  }

  @Test
  void aHeaderLineAndJsonAmongCsvAreNamed() {
    EventDecoder csv = EventFormat.CSV.decoder(schema("plain.jsonl"));

    assertThatThrownBy(
            () -> csv.head(RawEvent.of("a,b,outcome".getBytes(StandardCharsets.UTF_8), 5)))
        .hasMessageContaining("the record is a header line");
    assertThatThrownBy(
            () -> csv.head(RawEvent.of("{\"a\":1,\"b\":2}".getBytes(StandardCharsets.UTF_8), 5)))
        .hasMessageContaining("events.format=json reads it");
  }

  @Test
  void aByteOrderMarkIsPassedOver() throws Exception {
    EventSchema schema = schema("plain.jsonl");
    byte[] csv = "\ufeff1,2,fraud".getBytes(StandardCharsets.UTF_8);
    byte[] json = "\ufeff{\"a\":1,\"b\":2,\"outcome\":\"ok\"}".getBytes(StandardCharsets.UTF_8);
    float[] features = new float[2];

    assertThat(EventFormat.JSON.decoder(schema).head(RawEvent.of(json, NOW_MS)).label()).isZero();
    EventDecoder decoder = EventFormat.CSV.decoder(schema);
    decoder.features(RawEvent.of(csv, 0), features, 0);
    assertThat(decoder.head(RawEvent.of(csv, NOW_MS)).label()).isEqualTo(1);
    assertThat(features).containsExactly(1, 2);
  }

  @ParameterizedTest
  @CsvSource({
    "1f8b0800, compressed by the producer",
    "28b52ffd, compressed by the producer",
    "4f626a01, an Avro file",
    "aced0005, a serialized Java object",
    "fffe7b00, UTF-16 text: must be UTF-8",
    "7b002200, UTF-16 text: must be UTF-8",
    "0000000001, 'schema id 1, then Avro, Protobuf or the like'",
  })
  void bytesThatAreNoTextAreNamed(String hex, String message) {
    byte[] bytes = java.util.HexFormat.of().parseHex(hex + (hex.length() > 8 ? "08" : ""));
    for (EventFormat format : List.of(EventFormat.JSON, EventFormat.CSV)) {
      assertThatThrownBy(() -> format.decoder(schema("plain.jsonl")).head(RawEvent.of(bytes, 5)))
          .as("%s", format)
          .hasMessageContaining(message);
    }
  }

  private static EventSchema schema(String file) {
    List<String> classes =
        switch (file) {
          case "label-float.jsonl", "label-first-binary.csv" -> List.of("0", "1");
          case "label-nfd.jsonl" -> List.of("ok", "refus\u00e9");
          case "adult-style.csv" -> List.of("<=50K", ">50K");
          case "latin1-labels.csv" -> List.of("gut", "schlecht");
          default -> CLASSES;
        };
    boolean timed = file.startsWith("seconds") || file.startsWith("time-");
    return new EventSchema(
        FeatureSchema.ofNumbers(file.startsWith("latin1") ? List.of("a") : List.of("a", "b")),
        "outcome",
        classes,
        timed ? "ts" : null,
        null,
        EventTimeUnit.MS,
        631_152_000_000L,
        file.startsWith("label-first") ? List.of("outcome", "a", "b") : List.of());
  }

  /** A header line of a table for replay is no record. */
  private static List<EventRejectedException> rejected(String file, EventSchema schema)
      throws IOException {
    EventFormat format = file.endsWith(".csv") ? EventFormat.CSV : EventFormat.JSON;
    List<byte[]> records = CaseFiles.records(file);
    boolean headed = file.startsWith("latin1") || file.startsWith("bank");
    return CaseFiles.rejected(
        headed ? records.subList(1, records.size()) : records,
        format.decoder(schema),
        schema.columnCount(),
        NOW_MS);
  }
}
