package dev.counterweight.event;

import static dev.counterweight.event.Rejections.assertRejected;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.TextFormat;
import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.Feature.Categories;
import dev.counterweight.event.Feature.Category;
import dev.counterweight.event.Feature.Literal;
import dev.counterweight.event.Feature.Mean;
import dev.counterweight.event.Feature.Missing;
import dev.counterweight.event.Feature.Reject;
import dev.counterweight.event.Feature.Table;
import dev.counterweight.event.Feature.Time;
import dev.counterweight.event.Feature.Type;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ProtobufDecoderTest {
  private static final String PROTO =
      """
      syntax = "proto3";
      import "google/protobuf/timestamp.proto";
      import "google/protobuf/duration.proto";
      import "google/protobuf/wrappers.proto";
      import "google/protobuf/struct.proto";
      import "confluent/type/decimal.proto";
      message Event {
        string label = 1;
        int64 ts = 2;
        double importance = 3;
        double amount = 4;
        optional double maybe = 5;
        Card card = 6;
        repeated Item items = 7;
        repeated int32 counts = 8;
        repeated string words = 9;
        map<string, double> scores = 10;
        map<int32, Card> cards = 11;
        oneof how { string cash = 12; Card by_card = 13; int32 points = 14; }
        Status status = 15;
        google.protobuf.Timestamp at = 100;
        google.protobuf.Duration took = 17;
        google.protobuf.DoubleValue wrapped = 18;
        google.protobuf.Struct free = 19;
        confluent.type.Decimal price = 20;
        float f = 21; int32 i = 22; int64 l = 23; uint32 ui = 24; uint64 ul = 25;
        sint32 si = 26; sint64 sl = 27; fixed32 fi = 28; fixed64 fl = 29;
        sfixed32 sfi = 30; sfixed64 sfl = 31; bool b = 32; bytes y = 33;
      }
      message Card { string country = 1; int32 age = 2; Card other = 3; }
      message Item { double price = 1; string sku = 2; }
      enum Status { UNKNOWN = 0; OK = 1; BAD = 7; }
      message Other { string label = 2; double amount = 1; message Inner { string label = 9; } }
      """;
  private static final Descriptor EVENT =
      ProtobufSchema.ofText(PROTO, n -> java.util.Optional.empty()).message("Event");
  private static final Table TABLE = new Table(1_000_000, 4, 1);

  @Test
  void everyScalarTypeIsANumber() throws Exception {
    String all =
        "f: 1.5 i: -2 l: -3 ui: 4294967295 ul: 18446744073709551615 si: -6 sl: -7 fi: 4294967295"
            + " fl: 9 sfi: -10 sfl: -11 b: true y: '12.5' amount: 13";
    String[] paths = "f,i,l,ui,ul,si,sl,fi,fl,sfi,sfl,b,y,amount".split(",");

    assertThat(numbers(all, paths))
        .containsExactly(
            1.5f,
            -2,
            -3,
            4294967295f,
            18446744073709551615f,
            -6,
            -7,
            4294967295f,
            9,
            -10,
            -11,
            1,
            12.5f,
            13);
  }

  @Test
  void nestedFieldsElementsMapsAndOneofsAreFoundByPath() throws Exception {
    String event =
        """
        card { age: 30 country: 'DE' other { age: 31 } }
        items { price: 1 } items { price: 2.5 sku: 'x' }
        counts: 5 counts: 6 counts: 7
        scores { key: 'a.b' value: 8 } scores { key: 'c' value: 9 }
        cards { key: -4 value { age: 32 } }
        points: 10
        took { seconds: 1 nanos: 500000000 } wrapped { value: 11 }
        free { fields { key: 'x' value { struct_value { fields {
          key: 'y' value { list_value { values { bool_value: true } values { number_value: 12 } } }
        } } } } }
        price { value: '\\x04\\xd2' scale: 2 precision: 4 }
        """;

    assertThat(
            numbers(
                event,
                "card.age",
                "card.other.age",
                "items[1].price",
                "counts[2]",
                "scores.a.b",
                "scores.c",
                "cards.-4.age",
                "points",
                "took",
                "wrapped",
                "free.x.y[1]",
                "free.x.y[0]",
                "price"))
        .containsExactly(30, 31, 2.5f, 7, 8, 9, 32, 10, 1.5f, 11, 12, 1, 12.34f);
  }

  @Test
  void aFieldWithoutPresenceIsItsDefaultAndAnyOtherIsMissing() throws Exception {
    assertThat(numbers("", "amount", "b", "i")).containsExactly(0, 0, 0);
    assertThat(numbers("card {}", "card.age")).containsExactly(0);
    assertThat(numbers("wrapped {}", "wrapped")).containsExactly(0);
    assertThat(numbers("scores { key: 'a' }", "scores.a")).containsExactly(0);
    assertThat(numbers("cards { key: 1 }", "cards.1.age")).containsExactly(0);
    assertThat(numbers("price { scale: 3 }", "price")).containsExactly(0);
    for (String path :
        List.of(
            "maybe",
            "card.age",
            "items[0].price",
            "counts[0]",
            "scores.a",
            "cards.1.age",
            "points",
            "wrapped",
            "took",
            "free.x",
            "price",
            "card.other.age")) {
      rejected(message(""), Reason.MISSING_FEATURE, "feature '" + path + "' is missing", path);
    }
    rejected(message("amount: nan"), Reason.MISSING_FEATURE, "feature 'amount' is NaN", "amount");
    rejected(message(""), Reason.MISSING_FEATURE, "feature 'y' is blank", "y");
    rejected(
        message(""),
        Reason.MISSING_FEATURE,
        "'amuont' is missing: message 'Event' has no such field; did you mean 'amount'?",
        "amuont");
  }

  @Test
  void whatIsMissingFollowsTheRuleOfItsFeature() throws Exception {
    float[] mean = row(message(""), feature("maybe", new Feature.Number(), new Mean()));
    assertThat(mean).containsExactly(Float.NaN, 1);
    float[] literal = row(message(""), feature("card.country", category(), new Literal("none")));
    assertThat(literal).containsExactly(categoryOf("none"));
    assertThat(row(message("maybe: 0"), feature("maybe", new Feature.Number(), new Mean())))
        .containsExactly(0, 0);
  }

  @Test
  void categoriesAreNamedAsInOtherFormats() throws Exception {
    String event =
        "card { country: ' DE ' } status: BAD l: 12345678901 f: 0.1 amount: 2.50 b: true"
            + " maybe: 3.0 wrapped { value: 4 }";
    String[] paths = {"card.country", "status", "l", "f", "amount", "b", "maybe", "wrapped"};
    Feature[] features = new Feature[paths.length];
    for (int i = 0; i < paths.length; i++) {
      features[i] = feature(paths[i], category(), new Reject());
    }

    assertThat(row(message(event), features))
        .containsExactly(
            categoryOf("DE"),
            categoryOf("BAD"),
            categoryOf("12345678901"),
            categoryOf("0.1"),
            categoryOf("2.5"),
            categoryOf("true"),
            categoryOf("3"),
            categoryOf("4"));
    assertThat(row(message("status: OK"), feature("status", category(), new Reject())))
        .containsExactly(categoryOf("OK"));
    byte[] unnamed = {15 << 3, 99};
    assertThat(row(unnamed, feature("status", category(), new Reject())))
        .containsExactly(categoryOf("99"));
    assertThat(row(message(""), feature("status", category(), new Reject())))
        .containsExactly(categoryOf("UNKNOWN"));
  }

  @Test
  void anArrayGivesItsFirstItemsPackedOrNot() throws Exception {
    Feature words = feature("words", new Categories(TABLE, 2), new Mean());
    Feature counts = feature("counts", new Categories(TABLE, 3), new Mean());
    String event = "words: 'a' words: '' words: 'c' words: 'd' counts: 5 counts: 300";

    assertThat(row(message(event), words, counts))
        .containsExactly(categoryOf("a"), categoryOf("c"), categoryOf("5"), categoryOf("300"), -1);
    assertThat(row(message(""), words)).containsExactly(0, -1);
    byte[] unpacked = {8 << 3, 5, 8 << 3 | 2, 2, 6, 7, 8 << 3, 8};
    assertThat(row(unpacked, counts))
        .containsExactly(categoryOf("5"), categoryOf("6"), categoryOf("7"));
    assertThat(numbers(unpacked, "counts[3]", "counts[1]")).containsExactly(8, 6);
    assertThat(row(unpacked, counts, feature("counts[1]", new Feature.Number(), new Reject())))
        .containsExactly(categoryOf("5"), categoryOf("6"), categoryOf("7"), 6);
    rejected(
        message("card {}"),
        Reason.BAD_FEATURE,
        "'an object': must be an array",
        feature("card", new Categories(TABLE, 2), new Reject()));
  }

  @Test
  void whatIsNoValueIsNamed() {
    rejected(message("card {}"), Reason.BAD_FEATURE, "'card' is an object: must be a", "card");
    rejected(message("counts: 1"), Reason.BAD_FEATURE, "'counts' is an array: must be", "counts");
    rejected(message("words: 'x'"), Reason.BAD_FEATURE, "is 'x': must be a number", "words[0]");
    rejected(message("status: OK"), Reason.BAD_FEATURE, "is 'OK': must be a number", "status");
    rejected(message("amount: inf"), Reason.BAD_FEATURE, "must be finite", "amount");
    rejected(message("amount: 1e300"), Reason.BAD_FEATURE, "must be finite", "amount");
    rejected(message("y: '\\xff'"), Reason.BAD_FEATURE, "bytes that are no text", "y");
  }

  @Test
  void theLastOfSeveralCountsMessagesAreMergedAndAOneofHasOneMember() throws Exception {
    byte[] twice =
        concat(
            message("amount: 1 card { age: 1 country: 'A' }"),
            message("amount: 2 card { age: 2 }"));
    assertThat(numbers(twice, "amount", "card.age")).containsExactly(2, 2);
    assertThat(row(twice, feature("card.country", category(), new Reject())))
        .containsExactly(categoryOf("A"));

    byte[] replaced = concat(message("points: 5"), message("cash: 'x'"));
    rejected(replaced, Reason.MISSING_FEATURE, "feature 'points' is missing", "points");
    byte[] again =
        concat(
            message("by_card { age: 5 country: 'A' }"),
            message("points: 6"),
            message("by_card { age: 7 }"));
    assertThat(numbers(again, "by_card.age")).containsExactly(7);
    rejected(
        again,
        Reason.MISSING_FEATURE,
        "feature 'by_card.country' is blank",
        feature("by_card.country", category(), new Reject()));
    byte[] entries =
        concat(
            message("cards { key: 1 value { age: 5 country: 'A' } }"),
            message("cards { key: 1 value { age: 6 } }"));
    assertThat(numbers(entries, "cards.1.age")).containsExactly(6);
    rejected(
        entries,
        Reason.MISSING_FEATURE,
        "is blank",
        feature("cards.1.country", category(), new Reject()));
    byte[] valueFirst = {
      10 << 3 | 2, 12, 2 << 3 | 1, 0, 0, 0, 0, 0, 0, 0x14, 0x40, 1 << 3 | 2, 1, 'a'
    };
    assertThat(numbers(valueFirst, "scores.a")).containsExactly(5);
  }

  @Test
  void aTypeThatHasNoMoreThanTheNameOfOneOfGooglesIsAnObject() {
    for (String own :
        List.of("string value = 7;", "Decimal value = 1;", "repeated string value = 1;", "")) {
      String proto =
          "syntax = 'proto3'; package google.type; message Decimal { %s } message E { string label = 1; Decimal card = 2; }"
              .formatted(own);
      EventDecoder decoder = decoder(schemaOf("card"), proto.replace('\'', '"'), "google.type.E");
      assertRejected(
          () ->
              decoder.features(
                  RawEvent.of(new byte[] {1 << 3 | 2, 2, 'o', 'k', 2 << 3 | 2, 0}, 5),
                  new float[1],
                  0),
          Reason.BAD_FEATURE,
          "is an object: must be a number or a text");
    }
  }

  @Test
  void aDecimalLeavesItsDigitsToNoOther() throws Exception {
    EventDecoder decoder =
        decoder(
            schemaOf("price"),
            """
            syntax = "proto3"; package confluent.type;
            message Decimal { optional bytes value = 1; uint32 precision = 2; int32 scale = 3; }
            message E { string label = 1; Decimal price = 2; }
            """,
            "confluent.type.E");
    float[] row = new float[1];
    decoder.features(RawEvent.of(new byte[] {2 << 3 | 2, 3, 1 << 3 | 2, 1, 9}, 5), row, 0);
    assertThat(row).containsExactly(9);

    decoder.features(RawEvent.of(new byte[] {2 << 3 | 2, 0}, 5), row, 0);

    assertThat(row).containsExactly(0);
  }

  @Test
  void blankItemsTakeNoPlaceOfOthers() throws Exception {
    Feature words = feature("words", new Categories(TABLE, 2), new Mean());
    assertThat(row(message("words: '' words: 'a' words: ' ' words: 'b' words: 'c'"), words))
        .containsExactly(categoryOf("a"), categoryOf("b"));
  }

  @Test
  void oneEventLeavesNothingToTheNext() throws Exception {
    EventDecoder decoder = decoder(schemaOf("maybe", "card.age", "items[0].price", "scores.a"));
    float[] row = new float[4];
    String full = "maybe: 1 card { age: 2 } items { price: 3 } scores { key: 'a' value: 4 }";
    decoder.features(RawEvent.of(message(full), 1), row, 0);
    assertThat(row).containsExactly(1, 2, 3, 4);

    assertThatThrownBy(
            () ->
                decoder.features(
                    RawEvent.of(
                        message("card { age: 2 } items { price: 3 } scores { key: 'a' value: 4 }"),
                        1),
                    row,
                    0))
        .hasMessageContaining("'maybe' is missing");
    assertThatThrownBy(
            () ->
                decoder.features(
                    RawEvent.of(
                        message("maybe: 1 items { price: 3 } scores { key: 'a' value: 4 }"), 1),
                    row,
                    0))
        .hasMessageContaining("'card.age' is missing");
    assertThatThrownBy(
            () ->
                decoder.features(
                    RawEvent.of(
                        message("maybe: 1 card { age: 2 } scores { key: 'a' value: 4 }"), 1),
                    row,
                    0))
        .hasMessageContaining("'items[0].price' is missing");
    assertThatThrownBy(
            () ->
                decoder.features(
                    RawEvent.of(
                        message(
                            "maybe: 1 card { age: 2 } items { price: 3 } scores { key: 'b' value: 4"
                                + " }"),
                        1),
                    row,
                    0))
        .hasMessageContaining("'scores.a' is missing");
  }

  @Test
  void labelTimeAndImportanceAreReadWithoutTheFeatures() throws Exception {
    EventDecoder decoder = decoder(schema("label", "ts", "importance"));

    EventHead head =
        decoder.head(RawEvent.of(message("label: 'fraud' ts: 1700000000000 importance: 2.5"), 1));

    assertThat(head).isEqualTo(new EventHead(1, 1_700_000_000_000L, 2.5));
    headRejected("label: 'fruad' ts: 1700000000000", Reason.UNKNOWN_LABEL, "did you mean 'fraud'?");
    headRejected("label: 'ok' ts: -5", Reason.BAD_TIME, "must be ms since 1970");
    headRejected(
        "label: 'ok' ts: 5 importance: -1",
        Reason.BAD_IMPORTANCE,
        "must be a number from 0 to 1e30");
    EventDecoder unlabelled = decoder(schema("card.country", null, null));
    assertThatThrownBy(() -> unlabelled.head(RawEvent.of(message("label: 'ok'"), 5)))
        .hasMessage("label 'card.country' is missing");
    EventDecoder renamed = decoder(schema("lable", null, null));
    assertThatThrownBy(() -> renamed.head(RawEvent.of(message("label: 'ok'"), 5)))
        .hasMessage(
            "label 'lable' is missing: message 'Event' has no such field; did you mean 'label'?");
    EventDecoder nested = decoder(schema("card", null, null));
    assertThatThrownBy(() -> nested.head(RawEvent.of(message("card {}"), 5)))
        .hasMessage("label field 'card' is an object: must be a text or a number");
  }

  @Test
  void aLabelThatIsANumberIsFoundByItsTextOrItsShortestOne() throws Exception {
    for (List<String> classes : List.of(List.of("0.0", "1.0"), List.of("0", "1"))) {
      for (String field : List.of("amount", "f", "b")) {
        List<String> named = field.equals("b") ? List.of("false", "true") : classes;
        EventSchema schema = new EventSchema(List.of("amount"), field, named, null, null);
        String one = field + (field.equals("b") ? ": true" : ": 1");
        assertThat(decoder(schema).head(RawEvent.of(message(one), 5)).label()).isEqualTo(1);
        assertThat(decoder(schema).head(RawEvent.of(message("l: 1"), 5)).label()).isZero();
      }
    }
  }

  @Test
  void aTimestampIsATimeWhateverTheUnit() throws Exception {
    EventDecoder decoder = decoder(schema("label", "at", null));
    String event = "label: 'ok' at { seconds: 1700000000 nanos: 123999999 }";

    assertThat(decoder.head(RawEvent.of(message(event), 1)).timeMs()).isEqualTo(1_700_000_000_123L);
    Feature time = feature("at", new Time(EventTimeUnit.S, ZoneOffset.UTC), new Reject());
    Feature ms = feature("ts", new Time(EventTimeUnit.MS, ZoneOffset.UTC), new Reject());
    float[] row = row(message(event + " ts: 1700000000123"), time, ms);
    assertThat(java.util.Arrays.copyOfRange(row, 0, 4))
        .containsExactly(java.util.Arrays.copyOfRange(row, 4, 8));
    assertThat(numbers(event, "at", "at.seconds")).containsExactly(1.7e12f, 1.7e9f);
    assertThatThrownBy(
            () ->
                decoder.head(
                    RawEvent.of(message("label: 'ok' at { seconds: 999999999999999 }"), 1)))
        .hasMessageContaining("beyond the year 9999");
    assertThatThrownBy(() -> decoder.head(RawEvent.of(message("label: 'ok'"), 1)))
        .hasMessage("time 'at' is missing");
  }

  @Test
  void ofDebeziumsEnvelopeTheRowThatAChangeLeavesIsTheEvent() throws Exception {
    String proto = PROTO + "message Envelope { Event before = 1; Event after = 2; string op = 4; }";
    EventSchema schema = changes();
    EventDecoder decoder = decoder(schema, proto, "Envelope");
    byte[] change =
        concat(new byte[] {1 << 3 | 2, 2, 2 << 3, 1, 2 << 3 | 2, (byte) CHANGED.length}, CHANGED);
    float[] row = new float[1];

    decoder.features(RawEvent.of(change, 5), row, 0);

    assertThat(decoder.head(RawEvent.of(change, 5)).label()).isEqualTo(1);
    assertThat(row).containsExactly(30);
    byte[] deleted = {1 << 3 | 2, 0, 4 << 3 | 2, 1, 'd'};
    assertRejected(() -> decoder.head(RawEvent.of(deleted, 5)), Reason.TOMBSTONE, "leaves nothing");
    EventDecoder plain = decoder(schema, PROTO, "Event");
    assertRejected(
        () -> plain.head(RawEvent.of(message("amount: 1"), 5)),
        Reason.MALFORMED,
        "no message 'Event': the schema has no field 'after', as a Debezium change has");
  }

  private static final byte[] CHANGED =
      message("label: 'fraud' card { age: 30 country: 'Denmark' }");

  private static EventSchema changes() {
    return new EventSchema(
        new FeatureSchema(List.of(feature("card.age", new Feature.Number(), new Reject()))),
        "label",
        List.of("ok", "fraud"),
        null,
        null,
        EventTimeUnit.MS,
        0,
        List.of(),
        List.of(),
        EventSchema.Envelope.DEBEZIUM,
        false,
        null);
  }

  @Test
  void keyAndHeadersAreTexts() throws Exception {
    EventDecoder decoder =
        decoder(
            new EventSchema(
                new FeatureSchema(
                    List.of(
                        feature("key:", new Feature.Number(), new Reject()),
                        feature("header:h", new Feature.Number(), new Mean()))),
                "header:outcome",
                List.of("ok", "fraud"),
                null,
                null,
                EventTimeUnit.MS,
                0,
                List.of()));
    RawEvent event =
        new RawEvent(
            bytes("12"),
            message("amount: 1"),
            name -> name.equals("outcome") ? bytes("fraud") : null,
            5);
    float[] row = new float[3];

    decoder.features(event, row, 0);

    assertThat(decoder.head(event).label()).isEqualTo(1);
    assertThat(row).containsExactly(12, Float.NaN, 1);
  }

  @Test
  void aFrameNamesSchemaAndMessage() throws Exception {
    EventDecoder decoder = framed(schema("label", null, null));

    assertThat(label(decoder, frame(7, new int[0], message("label: 'fraud'")))).isEqualTo(1);
    assertThat(label(decoder, frame(7, new int[] {3}, new byte[] {0x12, 2, 'o', 'k'}))).isZero();
    assertThat(label(decoder, frame(7, new int[] {3, 0}, new byte[] {9 << 3 | 2, 2, 'o', 'k'})))
        .isZero();
    UUID guid = new UUID(7, 7);
    byte[] header = ByteBuffer.allocate(18).put((byte) 1).putLong(7).putLong(7).array();
    RawEvent inHeader =
        new RawEvent(
            null, message("label: 'fraud'"), n -> n.equals(Frame.HEADER) ? header : null, 5);
    assertThat(decoder.head(inHeader).label()).isEqualTo(1);

    frameRejected(decoder, frame(8, new int[0], new byte[0]), Reason.UNKNOWN_SCHEMA, "not known");
    frameRejected(
        decoder,
        frame(9, new int[0], new byte[0]),
        Reason.UNKNOWN_SCHEMA,
        "schema id 9 cannot be read: not .proto text");
    frameRejected(
        decoder,
        frame(7, new int[] {4}, new byte[0]),
        Reason.MALFORMED,
        "frame of schema id 7: message indexes [4]: the schema has Event, Card, Item, Other");
    frameRejected(
        decoder,
        new byte[] {0, 0, 0, 0, 7, 1},
        Reason.MALFORMED,
        "message indexes: must be 1 to 100");
    frameRejected(
        decoder,
        new byte[] {0, 0, 0, 0, 7, (byte) 0xfe, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x0f},
        Reason.MALFORMED,
        "2147483647 message indexes: must be 1 to 100");
    frameRejected(
        decoder,
        new byte[] {0, 0, 0, 0, 7, 8, 0},
        Reason.MALFORMED,
        "the input ended unexpectedly");
  }

  @Test
  void malformedBytesAreRejectedAndNeverMore() {
    malformed("ended unexpectedly", 4 << 3 | 1, 0, 0);
    malformed("wire type 2", 4 << 3 | 2, 1, 0);
    malformed("malformed varint", 8 << 3, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1);
    malformed("too large", 6 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 7);
    malformed("negative size", 6 << 3 | 2, 0xff, 0xff, 0xff, 0xff, 0x0f);
    malformed("ended unexpectedly", 6 << 3 | 2, 3, 2 << 3, 5);
    malformed("end-group tag did not match", 2 << 3 | 4);
    malformed("invalid tag (zero)", 0, 1, 2);
    malformed("invalid wire type", 40 << 3 & 0x7f | 0x80 | 7, 2);
    malformed("ended unexpectedly", 8 << 3 | 2, 4, 1, 2);
    malformed("UTF-8", 1 << 3 | 2, 1, 0xff);
    byte[] groups = new byte[100_000];
    java.util.Arrays.fill(groups, (byte) (2 << 3 | 3));
    rejected(groups, Reason.MALFORMED, "too many levels of nesting", "amount");
    rejected(bytes("{\"a\": 1}"), Reason.MALFORMED, "looks like JSON", "amount");
    rejected(new byte[0], Reason.EMPTY, "empty", "amount");
    rejected(
        new byte[] {0, 0, 0, 0, 1, 0},
        Reason.MALFORMED,
        "begins with byte 0, as values framed",
        "amount");
  }

  @Test
  void groupsAndUnknownFieldsArePassedOver() throws Exception {
    byte[] unknown = {
      (byte) (60 << 3 & 0x7f | 0x80 | 3),
      3,
      1 << 3,
      5,
      (byte) (60 << 3 & 0x7f | 0x80 | 4),
      3,
      34 << 3 & 0x7f | (byte) 0x80,
      2,
      7
    };

    assertThat(numbers(concat(unknown, message("amount: 5"), unknown), "amount"))
        .containsExactly(5);
  }

  @Test
  void proto2GroupsAreMessagesAndDeclaredDefaultsAreNoValues() throws Exception {
    String proto2 =
        "message M { optional group Part = 1 { optional int32 a = 2; } optional int32 b = 3"
            + " [default = 7]; required string label = 4; }";
    EventDecoder decoder = decoder(schemaOf("part.a"), proto2);
    float[] row = new float[1];
    byte[] event = {1 << 3 | 3, 2 << 3, 5, 1 << 3 | 4};

    decoder.features(RawEvent.of(event, 1), row, 0);

    assertThat(row).containsExactly(5);
    assertThatThrownBy(() -> decoder(schemaOf("b"), proto2).features(RawEvent.of(event, 1), row, 0))
        .hasMessageContaining("'b' is missing");
    byte[] wrongEnd = {1 << 3 | 3, 2 << 3, 5, 5 << 3 | 4};
    assertThatThrownBy(() -> decoder.features(RawEvent.of(wrongEnd, 1), row, 0))
        .hasMessageContaining("end-group tag did not match");
  }

  @Test
  void randomBytesEndInARejectionOrARowQuickly() {
    java.util.Random random = new java.util.Random(5);
    byte[] good =
        message(
            "label: 'ok' card { age: 30 other { age: 31 } } items { price: 1 } counts: 5 counts: 6"
                + " scores { key: 'a' value: 8 } at { seconds: 5 } price { value: '12' } free {"
                + " fields { key: 'x' value { number_value: 1 } } }");
    EventDecoder decoder =
        decoder(
            schemaOf(
                "card.other.age",
                "items[0].price",
                "counts[1]",
                "scores.a",
                "at",
                "price",
                "free.x",
                "maybe"));
    float[] row = new float[8];
    org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> {
          int read = 0;
          for (int i = 0; i < 100_000; i++) {
            byte[] bytes = good.clone();
            for (int m = random.nextInt(4); m >= 0; m--) {
              bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
              decoder.head(RawEvent.of(bytes, 5));
              decoder.features(RawEvent.of(bytes, 5), row, 0);
              read++;
            } catch (EventRejectedException e) {
              assertThat(e.getMessage()).isNotEmpty();
            }
          }
          assertThat(read).isLessThan(100_000);
        });
  }

  @Test
  void aRecordIsShownByNames() throws Exception {
    assertThat(
            decoder(schemaOf("amount")).named(RawEvent.of(message("amount: 1 card { age: 2 }"), 5)))
        .contains("amount: 1.0 card { age: 2 }");
  }

  @Test
  void aSchemaMustBeGiven() {
    EventSchema schema = schemaOf("amount");
    assertThatThrownBy(
            () -> new ProtobufDecoder(schema, new EventRules(schema, 100), SchemaOrigin.NONE))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void malformed(String words, int... bytes) {
    byte[] value = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      value[i] = (byte) bytes[i];
    }
    Feature[] all = {
      feature("amount", new Feature.Number(), new Mean()),
      feature("card.age", new Feature.Number(), new Mean()),
      feature("counts[9]", new Feature.Number(), new Mean()),
      feature("label", category(), new Mean())
    };
    rejected(value, Reason.MALFORMED, words, all);
  }

  private static void headRejected(String event, Reason reason, String words) {
    assertRejected(
        () -> decoder(schema("label", "ts", "importance")).head(RawEvent.of(message(event), 1)),
        reason,
        words);
  }

  private static void frameRejected(
      EventDecoder decoder, byte[] value, Reason reason, String words) {
    assertRejected(() -> decoder.head(RawEvent.of(value, 5)), reason, words);
  }

  private static void rejected(byte[] value, Reason reason, String words, String path) {
    rejected(value, reason, words, feature(path, new Feature.Number(), new Reject()));
  }

  private static void rejected(byte[] value, Reason reason, String words, Feature... features) {
    assertRejected(() -> row(value, features), reason, words);
  }

  private static float[] numbers(String event, String... paths) throws Exception {
    return numbers(message(event), paths);
  }

  private static float[] numbers(byte[] event, String... paths) throws Exception {
    Feature[] features = new Feature[paths.length];
    for (int i = 0; i < paths.length; i++) {
      features[i] = feature(paths[i], new Feature.Number(), new Reject());
    }
    return row(event, features);
  }

  private static float[] row(byte[] event, Feature... features) throws EventRejectedException {
    EventSchema schema = schema(List.of(features), "label", null, null);
    float[] row = new float[schema.columnCount()];
    decoder(schema).features(RawEvent.of(event, 1), row, 0);
    return row;
  }

  private static EventSchema schemaOf(String... paths) {
    List<Feature> features = new ArrayList<>();
    for (String path : paths) {
      features.add(feature(path, new Feature.Number(), new Reject()));
    }
    return schema(features, "label", null, null);
  }

  private static EventSchema schema(
      String label, @Nullable String time, @Nullable String importance) {
    return schema(List.of(Feature.number("amount")), label, time, importance);
  }

  private static EventSchema schema(
      List<Feature> features, String label, @Nullable String time, @Nullable String importance) {
    return new EventSchema(
        new FeatureSchema(features),
        label,
        List.of("ok", "fraud"),
        time,
        importance,
        EventTimeUnit.MS,
        0,
        List.of());
  }

  private static Feature feature(String path, Type type, Missing missing) {
    return new Feature(path, FieldPath.parse(path), type, missing);
  }

  private static Type category() {
    return new Category(TABLE);
  }

  private static float categoryOf(String text) {
    return new CategoryHash(TABLE).row(text);
  }

  private static EventDecoder decoder(EventSchema schema) {
    return decoder(schema, PROTO);
  }

  private static EventDecoder decoder(EventSchema schema, String proto) {
    return decoder(schema, proto, proto.equals(PROTO) ? "Event" : null);
  }

  private static EventDecoder decoder(EventSchema schema, String proto, @Nullable String message) {
    return new ProtobufDecoder(
        schema,
        new EventRules(schema, 1 << 20),
        SchemaOrigin.of(new SchemaOrigin.SchemaFile("f", bytes(proto), message)));
  }

  private static EventDecoder framed(EventSchema schema) {
    RegisteredSchema good = new RegisteredSchema("PROTOBUF", PROTO, Map.of());
    RegisteredSchema bad = new RegisteredSchema("PROTOBUF", "nonsense", Map.of());
    return new ProtobufDecoder(
        schema,
        new EventRules(schema, 1 << 20),
        SchemaOrigin.of(
            id -> {
              if (id.equals(new SchemaId.Number(9))) {
                return bad;
              }
              if (id.equals(new SchemaId.Number(7))
                  || id.equals(new SchemaId.Guid(new UUID(7, 7)))) {
                return good;
              }
              throw new EventRejectedException(Reason.UNKNOWN_SCHEMA, "not known");
            }));
  }

  private static int label(EventDecoder decoder, byte[] value) throws Exception {
    return decoder.head(RawEvent.of(value, 5)).label();
  }

  /** As Confluent's serializer frames a message. */
  private static byte[] frame(int id, int[] indexes, byte[] message) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    bytes.write(ByteBuffer.allocate(5).put((byte) 0).putInt(id).array());
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeSInt32NoTag(indexes.length);
    for (int index : indexes) {
      out.writeSInt32NoTag(index);
    }
    out.flush();
    bytes.write(message);
    return bytes.toByteArray();
  }

  private static byte[] message(String text) {
    DynamicMessage.Builder message = DynamicMessage.newBuilder(EVENT);
    try {
      TextFormat.merge(text, message);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException(text, e);
    }
    // An event of defaults alone has no bytes, and one without a byte is none.
    byte[] bytes = message.build().toByteArray();
    return bytes.length > 0 ? bytes : new byte[] {(byte) (126 << 3 & 0x7f | 0x80), 7, 0};
  }

  private static byte[] concat(byte[]... parts) {
    return ByteString.copyFrom(java.util.Arrays.stream(parts).map(ByteString::copyFrom).toList())
        .toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
