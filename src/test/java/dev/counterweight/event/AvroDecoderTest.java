package dev.counterweight.event;

import static dev.counterweight.event.Rejections.assertRejected;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.EventSchema.Envelope;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AvroDecoderTest {
  private static final long NOW = 1_790_000_000_123L;
  private static final String LABEL = "{'name': 'y', 'type': 'string'}";

  private final List<Feature> features = new ArrayList<>();
  private EventTimeUnit unit = EventTimeUnit.MS;
  private String label = "y";
  private String time = "";
  private String importance = "";
  private Envelope envelope = Envelope.NONE;
  private boolean skipsUnlabelled;

  private static Schema record(String... fields) {
    return schema(
        "{'type': 'record', 'name': 'n.Event', 'fields': [" + String.join(", ", fields) + "]}");
  }

  private static Schema schema(String text) {
    return new Schema.Parser().parse(text.replace('\'', '"'));
  }

  private static String field(String name, String type) {
    return "{'name': '%s', 'type': %s}".formatted(name, type);
  }

  private AvroDecoderTest number(String... paths) {
    for (String path : paths) {
      features.add(Feature.number(path));
    }
    return this;
  }

  private AvroDecoderTest feature(String path, Feature.Type type, Feature.Missing missing) {
    features.add(new Feature(path, FieldPath.parse(path), type, missing));
    return this;
  }

  private EventSchema events() {
    return new EventSchema(
        new FeatureSchema(features),
        label,
        List.of("ok", "fraud"),
        time.isEmpty() ? null : time,
        importance.isEmpty() ? null : importance,
        unit,
        0,
        List.of(),
        List.of(),
        envelope,
        skipsUnlabelled,
        null);
  }

  private EventDecoder decoder(Schema schema) {
    return decoder(
        SchemaOrigin.of(
            new SchemaOrigin.SchemaFile("e.avsc", schema.toString().getBytes(UTF_8), null)));
  }

  private EventDecoder decoder(SchemaOrigin origin) {
    return EventFormat.AVRO.decoder(events(), 1 << 20, origin);
  }

  private static byte[] encode(Schema schema, Object datum) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
    try {
      new GenericDatumWriter<>(schema).write(datum, out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static GenericData.Record event(Schema schema, @Nullable Object... namesAndValues) {
    GenericData.Record event = new GenericData.Record(schema);
    if (schema.getField("y") != null) {
      event.put("y", "ok");
    }
    for (int i = 0; i < namesAndValues.length; i += 2) {
      event.put((String) Objects.requireNonNull(namesAndValues[i]), namesAndValues[i + 1]);
    }
    return event;
  }

  private float[] row(Schema schema, @Nullable Object... namesAndValues)
      throws EventRejectedException {
    return row(decoder(schema), encode(schema, event(schema, namesAndValues)));
  }

  private float[] row(EventDecoder decoder, byte[] value) throws EventRejectedException {
    decoder.head(RawEvent.of(value, NOW));
    float[] row = new float[events().columnCount()];
    decoder.features(RawEvent.of(value, NOW), row, 0);
    return row;
  }

  private EventHead head(Schema schema, @Nullable Object... namesAndValues)
      throws EventRejectedException {
    return decoder(schema).head(RawEvent.of(encode(schema, event(schema, namesAndValues)), NOW));
  }

  @Test
  void numbersOfEveryWidthTruthAndTextThatIsANumberAreFeatures() throws Exception {
    Schema schema =
        record(
            LABEL,
            field("i", "'int'"),
            field("skipped", "{'type': 'array', 'items': 'string'}"),
            field("l", "'long'"),
            field("f", "'float'"),
            field("d", "'double'"),
            field("b", "'boolean'"),
            field("s", "'string'"));

    assertThat(
            number("d", "i", "l", "f", "b", "s")
                .row(
                    schema,
                    "i",
                    -3,
                    "skipped",
                    List.of("a", "bc"),
                    "l",
                    1L << 40,
                    "f",
                    0.1f,
                    "d",
                    2.5,
                    "b",
                    true,
                    "s",
                    " 7.5 "))
        .containsExactly(2.5f, -3, 1L << 40, 0.1f, 1, 7.5f);
  }

  @Test
  void pathsLeadThroughRecordsUnionsArraysAndMaps() throws Exception {
    String card =
        "{'type': 'record', 'name': 'Card', 'fields': [%s, %s]}"
            .formatted(
                field("limits", "{'type': 'map', 'values': ['null', 'double']}"),
                field("age", "'int'"));
    Schema schema =
        record(
            LABEL,
            field("card", "['null', " + card + "]"),
            field(
                "items",
                "{'type': 'array', 'items': "
                    + "{'type': 'record', 'name': 'Item', 'fields': ["
                    + field("name", "'string'")
                    + ","
                    + field("price", "'float'")
                    + "]}}"),
            field("grid", "{'type': 'array', 'items': {'type': 'array', 'items': 'int'}}"));
    Schema cardType = schema.getField("card").schema().getTypes().get(1);
    Schema item = schema.getField("items").schema().getElementType();
    GenericData.Record value = event(cardType, "limits", Map.of("day", 5.5, "a.b", 1.5), "age", 3);
    List<GenericData.Record> items =
        List.of(event(item, "name", "x", "price", 1f), event(item, "name", "y", "price", 2f));

    assertThat(
            number("items[1].price", "card.age", "card.limits.day", "card.limits.a.b", "grid[1][0]")
                .row(
                    schema,
                    "card",
                    value,
                    "items",
                    items,
                    "grid",
                    List.of(List.of(1), List.of(8, 9))))
        .containsExactly(2, 3, 5.5f, 1.5f, 8);
  }

  @Test
  void theLongestKeyOfAMapThatIsThereWins() throws Exception {
    Schema schema =
        record(
            LABEL,
            field("m", "{'type': 'map', 'values': {'type': 'map', 'values': 'int'}}"),
            field("flat", "{'type': 'map', 'values': 'int'}"));
    Map<String, Integer> flat = Map.of("a.b", 1, "a", 2);

    number("m.a.b.c", "flat.a.b");
    assertThat(row(schema, "m", Map.of("a.b", Map.of("c", 1), "a", Map.of("b.c", 2)), "flat", flat))
        .containsExactly(1, 1);
    assertThat(row(schema, "m", Map.of("x", Map.of(), "a", Map.of("b.c", 2)), "flat", flat))
        .containsExactly(2, 1);
  }

  @Test
  void whatIsNullOrNotInTheSchemaFollowsItsMissingRule() throws Exception {
    Schema schema = record(LABEL, field("amount", "['null', 'double']"));

    assertRejected(
        () -> number("amount").row(schema, "amount", null),
        Reason.MISSING_FEATURE,
        "feature 'amount' is missing");
    features.clear();
    assertRejected(
        () -> number("amonut").row(schema, "amount", 1.0),
        Reason.MISSING_FEATURE,
        "feature 'amonut' is missing: record 'n.Event' has no such field; did you mean 'amount'?");
    features.clear();
    feature("gone", new Feature.Number(), new Feature.Literal("-1"));
    feature("amount", new Feature.Number(), new Feature.Mean());
    assertThat(row(schema, "amount", null)).containsExactly(-1, Float.NaN, 1);
    assertThat(row(schema, "amount", Double.NaN)).containsExactly(-1, Float.NaN, 1);
    assertThat(row(schema, "amount", 2.0)).containsExactly(-1, 2, 0);
  }

  @Test
  void whatMayBeATextInPlaceOfAnArrayIsNoArrayOfNothing() throws Exception {
    Schema schema =
        record(LABEL, field("tags", "['null', 'string', {'type': 'array', 'items': 'string'}]"));
    Feature.Table table = new Feature.Table(1024, 4, 1);
    feature("tags", new Feature.Categories(table, 2), new Feature.Mean());

    assertThat(row(schema, "tags", List.of())).containsExactly(0, -1);
    assertRejected(() -> row(schema, "tags", "new"), Reason.BAD_FEATURE, "must be an array");
  }

  @Test
  void categoriesAreTextsEnumsNumbersAndTruth() throws Exception {
    Schema schema =
        record(
            LABEL,
            field("e", "{'type': 'enum', 'name': 'Kind', 'symbols': ['A', 'B']}"),
            field("u", "{'type': 'string', 'logicalType': 'uuid'}"),
            field("f", "'float'"),
            field("tags", "['null', {'type': 'array', 'items': ['null', 'string']}]"));
    Feature.Table table = new Feature.Table(1024, 4, 1);
    for (String name : List.of("e", "u", "f")) {
      feature(name, new Feature.Category(table), new Feature.Reject());
    }
    feature("tags", new Feature.Categories(table, 3), new Feature.Mean());
    CategoryHash hash = new CategoryHash(table);
    String uuid = "89791762-2336-4186-9674-299b90a802e2";
    GenericData.EnumSymbol b = new GenericData.EnumSymbol(schema.getField("e").schema(), "B");

    assertThat(
            row(
                schema,
                "e",
                b,
                "u",
                uuid,
                "f",
                0.1f,
                "tags",
                Arrays.asList("x", null, "y", "z", "w")))
        .containsExactly(
            hash.row("B"),
            hash.row(uuid),
            hash.row("0.1"),
            hash.row("x"),
            hash.row("y"),
            hash.row("z"));
    assertThat(row(schema, "e", b, "u", uuid, "f", 1f, "tags", List.of()))
        .containsExactly(hash.row("B"), hash.row(uuid), hash.row("1"), 0, -1, -1);
    assertThat(row(schema, "e", b, "u", uuid, "f", 1f, "tags", null)).endsWith(0, -1, -1);
  }

  @Test
  void decimalsAreNumbersAndOtherBytesAreNone() throws Exception {
    Schema schema =
        record(
            LABEL,
            field("d", "{'type': 'bytes', 'logicalType': 'decimal', 'precision': 9, 'scale': 2}"),
            field(
                "x",
                "{'type': 'fixed', 'name': 'F', 'size': 4, 'logicalType': 'decimal', 'precision':"
                    + " 9, 'scale': 3}"),
            field("raw", "'bytes'"));
    ByteBuffer decimal = ByteBuffer.wrap(new BigDecimal("-12.34").unscaledValue().toByteArray());
    GenericData.Fixed fixed =
        new GenericData.Fixed(schema.getField("x").schema(), new byte[] {0, 0, 4, 1});
    ByteBuffer raw = ByteBuffer.wrap(new byte[] {1});

    assertThat(number("d", "x").row(schema, "d", decimal, "x", fixed, "raw", raw))
        .containsExactly(-12.34f, 1.025f);
    features.clear();
    assertRejected(
        () -> number("raw").row(schema, "d", decimal, "x", fixed, "raw", raw),
        Reason.BAD_FEATURE,
        "feature 'raw' is bytes: must be a number or a text");
    features.clear();
    assertRejected(
        () -> number("d").row(schema, "d", ByteBuffer.allocate(500_000), "x", fixed, "raw", raw),
        Reason.BAD_FEATURE,
        "a decimal of 500000 bytes");
  }

  @Test
  void aTimeOfALogicalTypeHasItsOwnUnitAndALongTheConfiguredOne() throws Exception {
    unit = EventTimeUnit.S;
    time = "t";
    number("x");
    Map<String, Long> types = new HashMap<>();
    types.put("{'type': 'long', 'logicalType': 'timestamp-millis'}", NOW);
    types.put("{'type': 'long', 'logicalType': 'timestamp-micros'}", NOW * 1000 + 999);
    types.put("{'type': 'long', 'logicalType': 'timestamp-nanos'}", NOW * 1_000_000 + 999_999);
    for (Map.Entry<String, Long> type : types.entrySet()) {
      Schema schema = record(LABEL, field("t", type.getKey()), field("x", "'int'"));
      assertThat(head(schema, "t", type.getValue(), "x", 1).timeMs())
          .as(type.getKey())
          .isEqualTo(NOW);
    }
    Schema date =
        record(LABEL, field("t", "{'type': 'int', 'logicalType': 'date'}"), field("x", "'int'"));
    assertThat(head(date, "t", 20_000, "x", 1).timeMs()).isEqualTo(20_000L * 86_400_000);
    Schema plain = record(LABEL, field("t", "'long'"), field("x", "'int'"));
    assertThat(head(plain, "t", NOW / 1000, "x", 1).timeMs()).isEqualTo(NOW / 1000 * 1000);
  }

  @Test
  void aLocalTimestampHasAnHourOfDayAndIsNoTimeOfAnEvent() throws Exception {
    Schema schema =
        record(LABEL, field("t", "{'type': 'long', 'logicalType': 'local-timestamp-millis'}"));
    long sixOClock = 20_000L * 86_400_000 + 6 * 3_600_000;
    feature("t", new Feature.Time(EventTimeUnit.MS, ZoneId.of("Asia/Tokyo")), new Feature.Reject());

    float[] row = row(schema, "t", sixOClock);
    assertThat(row[0]).as("sine of 6 h of 24").isEqualTo(1f);
    time = "t";
    assertRejected(
        () -> head(schema, "t", sixOClock),
        Reason.BAD_TIME,
        "time '2024-10-04T06:00:00' in field 't': has no offset");
  }

  @Test
  void labelAndImportanceAreReadAsInOtherFormats() throws Exception {
    Schema schema =
        record(
            field("y", "['null', 'string', 'boolean']"),
            field("w", "['null', 'double', 'string']"));
    importance = "w";
    number("w");

    EventHead head = head(schema, "y", " fraud ", "w", 2.5);
    assertThat(head.label()).isEqualTo(1);
    assertThat(head.importance()).isEqualTo(2.5);
    assertThat(head.timeMs()).isEqualTo(NOW);
    assertRejected(() -> head(schema, "y", true, "w", 1.0), Reason.UNKNOWN_LABEL, "label 'true'");
    assertRejected(
        () -> head(schema, "y", null, "w", 1.0), Reason.MISSING_LABEL, "label 'y' is missing");
    assertRejected(
        () -> head(schema, "y", "ok", "w", "-1"), Reason.BAD_IMPORTANCE, "importance '-1'");
    skipsUnlabelled = true;
    assertRejected(
        () -> head(schema, "y", null, "w", 1.0), Reason.UNLABELLED, "label 'y' is missing");
  }

  @Test
  void theRowOfAChangeIsTheEventAndADeleteATombstone() throws Exception {
    String row =
        "{'type': 'record', 'name': 'Row', 'fields': [" + LABEL + "," + field("x", "'int'") + "]}";
    Schema schema =
        record(
            field("before", "['null', " + row + "]"),
            field("after", "['null', 'Row']"),
            field("op", "'string'"));
    Schema rowType = schema.getField("after").schema().getTypes().get(1);
    envelope = Envelope.DEBEZIUM;
    number("x");
    GenericData.Record old = event(rowType, "x", 1);
    GenericData.Record now = event(rowType, "x", 2);

    assertThat(row(schema, "before", old, "after", now, "op", "u")).containsExactly(2);
    assertRejected(
        () -> head(schema, "before", old, "after", null, "op", "d"),
        Reason.TOMBSTONE,
        "'after' is null");
    assertRejected(
        () -> head(rowType, "x", 1), Reason.MALFORMED, "the schema has no field 'after'");
  }

  @Test
  void aMessageCutOffAnywhereOrWithMoreBehindItIsMalformed() throws Exception {
    Schema schema =
        record(
            LABEL,
            field("m", "{'type': 'map', 'values': 'string'}"),
            field("d", "'double'"),
            field("u", "['null', 'long']"));
    EventDecoder decoder = number("d").decoder(schema);
    byte[] whole = encode(schema, event(schema, "m", Map.of("k", "v"), "d", 1.0, "u", 77777L));

    assertThat(row(decoder, whole)).containsExactly(1);
    for (int length = 1; length < whole.length; length++) {
      byte[] part = Arrays.copyOf(whole, length);
      assertRejected(() -> row(decoder, part), Reason.MALFORMED, "no Avro of 'n.Event': ");
    }
    assertRejected(
        () -> row(decoder, Arrays.copyOf(whole, whole.length + 1)),
        Reason.MALFORMED,
        "1 bytes more than the schema has");
    assertRejected(
        () -> row(decoder, "{\"y\": \"ok\", \"d\": 1}".getBytes(UTF_8)),
        Reason.MALFORMED,
        "looks like JSON");
  }

  @Test
  void lengthsAndDepthsThatLieCostNothing() {
    Schema schema =
        record(
            LABEL,
            field("a", "{'type': 'array', 'items': 'double'}"),
            field("n", "{'type': 'array', 'items': 'null'}"),
            field("b", "'bytes'"));
    EventDecoder decoder = number("a[0]").decoder(schema);

    Consumer<Consumer<BinaryEncoder>> refused =
        body -> assertRejected(() -> row(decoder, bytes(body)), Reason.MALFORMED, "n.Event");
    refused.accept(out -> write(() -> out.writeLong(Integer.MAX_VALUE))); // of a text
    refused.accept(
        out ->
            write(
                () -> {
                  out.writeString("ok");
                  out.writeLong(1L << 60); // items of an array
                }));
    refused.accept(
        out ->
            write(
                () -> {
                  out.writeString("ok");
                  out.writeLong(Long.MIN_VALUE); // items, with their size
                  out.writeLong(0);
                }));
    refused.accept(
        out ->
            write(
                () -> {
                  out.writeString("ok");
                  out.writeLong(0);
                  out.writeLong(Long.MAX_VALUE); // items that take no bytes
                  out.writeLong(0);
                  out.writeLong(-5); // bytes
                }));
  }

  @Test
  void whatLeadsBackToItselfEndsAtADepth() {
    Schema schema =
        schema(
            "{'type': 'record', 'name': 'n.Event', 'fields': [{'name': 'next', 'type': ['null',"
                + " 'Event']}]}");
    EventDecoder decoder = number("next.next.x").decoder(schema);
    byte[] deep = new byte[1_000_000];
    Arrays.fill(deep, (byte) 2);

    assertRejected(() -> row(decoder, deep), Reason.MALFORMED, "nested deeper than 64");
  }

  @Test
  void eachEventIsReadByTheSchemaThatItsFrameNames() throws Exception {
    Schema first = record(LABEL, field("x", "'int'"), field("gone", "'int'"));
    Schema second = record(field("added", "'string'"), field("x", "['null', 'double']"), LABEL);
    feature("x", new Feature.Number(), new Feature.Reject());
    feature("gone", new Feature.Number(), new Feature.Literal("-1"));
    Map<SchemaId, Schema> registered =
        Map.of(new SchemaId.Number(1), first, new SchemaId.Number(2), second);
    EventDecoder decoder =
        decoder(
            SchemaOrigin.of(
                id -> {
                  Schema schema = registered.get(id);
                  if (schema == null) {
                    throw new EventRejectedException(Reason.UNKNOWN_SCHEMA, "none " + id);
                  }
                  return new RegisteredSchema("AVRO", schema.toString(), Map.of());
                }));

    byte[] one = framed(1, encode(first, event(first, "x", 5, "gone", 6)));
    byte[] two = framed(2, encode(second, event(second, "added", "new", "x", 7.5)));

    assertThat(row(decoder, one)).containsExactly(5, 6);
    assertThat(row(decoder, two)).containsExactly(7.5f, -1);
    assertThat(row(decoder, one)).containsExactly(5, 6);
    assertRejected(() -> row(decoder, framed(3, one)), Reason.UNKNOWN_SCHEMA, "none id 3");
    assertRejected(
        () -> row(decoder, encode(first, event(first, "x", 5, "gone", 6))),
        Reason.MALFORMED,
        "not framed for a schema registry");
  }

  @Test
  void aSchemaIsReadWithTheTypesThatItRefersTo() throws Exception {
    String card =
        "{'type': 'record', 'name': 'n.Card', 'fields': [%s]}"
            .formatted(field("limit", "'int'"))
            .replace('\'', '"');
    Schema whole = record(LABEL, field("card", card));
    String refers =
        "{'type': 'record', 'name': 'n.Event', 'fields': [%s, %s]}"
            .formatted(LABEL, field("card", "'n.Card'"))
            .replace('\'', '"');
    EventDecoder decoder =
        number("card.limit")
            .decoder(
                SchemaOrigin.of(
                    id -> new RegisteredSchema("AVRO", refers, Map.of("n.Card", card))));
    Schema cardType = whole.getField("card").schema();

    assertThat(
            row(
                decoder,
                framed(1, encode(whole, event(whole, "card", event(cardType, "limit", 9))))))
        .containsExactly(9);
  }

  @Test
  void aSchemaThatIsNoneIsRefused() {
    number("x");
    EventDecoder decoder =
        decoder(SchemaOrigin.of(id -> new RegisteredSchema("AVRO", "{}", Map.of())));
    assertRejected(
        () -> row(decoder, framed(1, new byte[1])),
        Reason.UNKNOWN_SCHEMA,
        "schema id 1 cannot be read: no Avro schema");
    assertThatThrownBy(
            () ->
                decoder(
                    SchemaOrigin.of(
                        new SchemaOrigin.SchemaFile("x", "nonsense".getBytes(UTF_8), null))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no Avro schema");
  }

  @Test
  void keyAndHeadersAreTextsAsInOtherFormats() throws Exception {
    Schema schema = record(field("x", "'int'"));
    label = "header:outcome";
    number("key:");
    byte[] value = encode(schema, event(schema, "x", 1));
    RawEvent event =
        new RawEvent(
            "12".getBytes(UTF_8),
            value,
            name -> name.equals("outcome") ? "fraud".getBytes(UTF_8) : null,
            NOW);
    EventDecoder decoder = decoder(schema);

    assertThat(decoder.head(event).label()).isEqualTo(1);
    float[] row = new float[1];
    decoder.features(event, row, 0);
    assertThat(row).containsExactly(12);
    assertThat(decoder.named(event)).hasValue("header:outcome=fraud, key:=12");
  }

  private static byte[] framed(int id, byte[] value) {
    return ByteBuffer.allocate(5 + value.length).put((byte) 0).putInt(id).put(value).array();
  }

  private interface Writing {
    void run() throws IOException;
  }

  private static void write(Writing writing) {
    try {
      writing.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] bytes(Consumer<BinaryEncoder> body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().binaryEncoder(bytes, null);
    body.accept(out);
    write(out::flush);
    return bytes.toByteArray();
  }
}
