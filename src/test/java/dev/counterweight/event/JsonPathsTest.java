package dev.counterweight.event;

import static dev.counterweight.event.Rejections.assertRejected;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.EventSchema.Envelope;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the fields of JSON events are found; events in quotes of one stroke. */
class JsonPathsTest {
  private static final Feature.Missing REJECT = new Feature.Reject();
  private static final Feature.Missing MEAN = new Feature.Mean();
  private static final Feature.Table TABLE = new Feature.Table(1024, 4, 1);
  private static final CategoryHash HASH = new CategoryHash(TABLE);

  private static Feature number(String path) {
    return new Feature("f", FieldPath.parse(path), new Feature.Number(), REJECT);
  }

  private static Feature categories(String path, Feature.Missing missing) {
    return new Feature("f", FieldPath.parse(path), new Feature.Categories(TABLE, 3), missing);
  }

  private static EventSchema schema(
      String label, @Nullable String time, Envelope envelope, Feature... features) {
    return new EventSchema(
        new FeatureSchema(List.of(features)),
        label,
        List.of("ok", "fraud"),
        time,
        null,
        EventTimeUnit.MS,
        0,
        List.of(),
        List.of(List.of("0", "false"), List.of("1", "true")),
        envelope,
        false,
        null);
  }

  private static RawEvent event(String json) {
    return RawEvent.of(json.replace('\'', '"').getBytes(UTF_8), 1_790_000_000_000L);
  }

  private static float[] read(Feature feature, String json) throws EventRejectedException {
    EventSchema schema = schema("l", null, Envelope.NONE, feature);
    float[] row = new float[schema.columnCount()];
    EventFormat.JSON.decoder(schema).features(event(json), row, 0);
    return row;
  }

  private static int label(EventSchema schema, RawEvent event) throws EventRejectedException {
    return EventFormat.JSON.decoder(schema).head(event).label();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a.b         | {'a':{'b':7}}",
        "a.b         | {'a.b':7}",
        "a.b         | {'a.b':7,'a':{'b':1}}",
        "a.b         | {'a':{'b':1},'a.b':7}",
        "a.b         | {'a':{'b':'x'},'a.b':7}",
        "a.b         | {'a.b':7,'a':{'b':'x'}}",
        "a.b         | {'a':{'b':null},'a.b':7}",
        "a.b.c       | {'a':{'b':{'c':7}}}",
        "a.b.c       | {'a':{'b.c':7,'b':{'c':1}},'x':[{'b':2}]}",
        "a.b.c       | {'a.b':{'c':7},'a':{'b.c':1}}",
        "items[1].p  | {'items':[{'p':1},{'q':2,'p':7},{'p':3}]}",
        "items[0]    | {'items':[7,8]}",
        "items[0]    | {'items[0]':7,'items':[8]}",
        "m[1][0]     | {'m':[[1,2],[7,3]]}",
        "a           | {'a':1,'a':7}",
        "a.b         | {'a':{'b':1},'a':{'b':7}}",
        "a           | {'x':{'a':1},'a':7,'y':[{'a':2}]}",
      })
  void theFieldIsFoundAndTheLongestNameWins(String path, String json) throws Exception {
    assertThat(read(number(path), json)).containsExactly(7);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'a':7}",
        "{'a':'b'}",
        "{'a':[{'b':7}]}",
        "{'a':null}",
        "{'b':7}",
        "{'a':{'a':{'b':7}}}",
        "{'x':{'a.b':7}}",
      })
  void whatStandsElsewhereIsMissing(String json) {
    EventRejectedException e =
        catchThrowableOfType(EventRejectedException.class, () -> read(number("a.b"), json));

    assertThat(e.reason()).isEqualTo(Reason.MISSING_FEATURE);
    assertThat(e).hasMessageStartingWith("feature 'f' is missing");
  }

  @Test
  void theFieldThatCountsIsToldWhereItIsWrong() {
    assertThatThrownBy(() -> read(number("a.b"), "{'a.b':'x','a':{'b':1}}"))
        .hasMessage("feature 'f' is 'x': must be a number");
    assertThatThrownBy(() -> read(number("a.b"), "{'a.b':null,'a':{'b':1}}"))
        .hasMessageStartingWith("feature 'f' is null");
  }

  @Test
  void twoFeaturesMayStandInOnePlace() throws Exception {
    EventSchema schema =
        schema(
            "l",
            null,
            Envelope.NONE,
            new Feature("n", FieldPath.parse("a"), new Feature.Number(), REJECT),
            new Feature("c", FieldPath.parse("a"), new Feature.Category(TABLE), REJECT));
    float[] row = new float[2];

    EventFormat.JSON.decoder(schema).features(event("{'a':7}"), row, 0);

    assertThat(row).containsExactly(7, HASH.row("7"));
  }

  @Test
  void anArrayGivesARowAnItemAndPassesOverWhatIsNone() throws Exception {
    assertThat(read(categories("tags", REJECT), "{'tags':['a',null,7,' ',true]}"))
        .containsExactly(HASH.row("a"), HASH.row("7"), HASH.row("true"));
    assertThat(read(categories("tags", REJECT), "{'tags':['a']}"))
        .containsExactly(HASH.row("a"), -1, -1);
    assertThat(read(categories("tags", REJECT), "{'tags':['a','b','c','d']}"))
        .containsExactly(HASH.row("a"), HASH.row("b"), HASH.row("c"));
    assertThat(read(categories("x.tags", REJECT), "{'x':{'tags':['a']}}"))
        .containsExactly(HASH.row("a"), -1, -1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{'tags':[]}", "{'tags':null}", "{}", "{'tags':[null,'']}"})
  void anArrayOfNothingIsMissing(String json) throws Exception {
    assertThat(read(categories("tags", MEAN), json)).containsExactly(0, -1, -1);
    assertThat(read(categories("tags", new Feature.Literal("a")), json))
        .containsExactly(HASH.row("a"), -1, -1);
    assertThatThrownBy(() -> read(categories("tags", REJECT), json))
        .hasMessageContaining("feature.f.missing may say what that means");
  }

  @Test
  void whatIsNoArrayOfScalarsIsToldAsSuch() {
    assertThatThrownBy(() -> read(categories("tags", MEAN), "{'tags':'a'}"))
        .hasMessage("feature 'f' is a text: must be an array");
    assertThatThrownBy(() -> read(categories("tags", MEAN), "{'tags':[{}]}"))
        .hasMessage("feature 'f' is an array with an object in it: must hold numbers or texts");
    assertThatThrownBy(() -> read(number("tags"), "{'tags':[1]}"))
        .hasMessage("feature 'f' is an array: must be a number or a text");
  }

  @Test
  void anArrayAndOneOfItsItemsMayBothBeFeatures() throws Exception {
    EventSchema schema =
        schema(
            "l",
            null,
            Envelope.NONE,
            categories("t", REJECT),
            new Feature("n", FieldPath.parse("t[1]"), new Feature.Number(), REJECT));
    float[] row = new float[schema.columnCount()];

    EventFormat.JSON.decoder(schema).features(event("{'t':[5,7]}"), row, 0);

    assertThat(row).containsExactly(HASH.row("5"), HASH.row("7"), -1, 7);
  }

  @Test
  void labelAndTimeHavePathsToo() throws Exception {
    EventSchema schema = schema("r.label", "r.at[0]", Envelope.NONE, Feature.number("a"));

    EventHead head =
        EventFormat.JSON
            .decoder(schema)
            .head(event("{'r':{'label':'fraud','at':[1700000000000]},'label':'ok'}"));

    assertThat(head).isEqualTo(new EventHead(1, 1_700_000_000_000L, 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "1.0", "true", "'1'", "' true '", "'fraud'", "1e0"})
  void aLabelIsFoundByItsSynonymsAsTextNumberOrTruth(String label) throws Exception {
    EventSchema schema = schema("l", null, Envelope.NONE, Feature.number("a"));

    assertThat(label(schema, event("{'l':" + label + "}"))).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"'1.0'", "'01'", "1.5", "'True'", "10", "-1"})
  void aLabelIsNotGuessed(String label) {
    EventSchema schema = schema("l", null, Envelope.NONE, Feature.number("a"));

    assertRejected(() -> label(schema, event("{'l':" + label + "}")), Reason.UNKNOWN_LABEL, "");
  }

  private static RawEvent record(@Nullable String key, String value, Map<String, String> headers) {
    return new RawEvent(
        key == null ? null : key.replace('\'', '"').getBytes(UTF_8),
        value.replace('\'', '"').getBytes(UTF_8),
        name -> headers.containsKey(name) ? headers.get(name).getBytes(UTF_8) : null,
        1_790_000_000_000L);
  }

  @Test
  void keyAndHeadersHaveFieldsToo() throws Exception {
    EventSchema schema =
        schema(
            "header:outcome",
            "key:meta.at",
            Envelope.NONE,
            new Feature("u", FieldPath.parse("key:user"), new Feature.Number(), REJECT),
            new Feature("v", FieldPath.parse("header:v"), new Feature.Number(), MEAN));
    RawEvent event =
        record(
            "{'user':7,'meta':{'at':1700000000000}}",
            "{'user':1}",
            Map.of("outcome", "fraud", "v", "2.5"));
    float[] row = new float[schema.columnCount()];
    EventDecoder decoder = EventFormat.JSON.decoder(schema);

    assertThat(decoder.head(event)).isEqualTo(new EventHead(1, 1_700_000_000_000L, 1));
    decoder.features(event, row, 0);

    assertThat(row).containsExactly(7, 2.5f, 0);
  }

  @Test
  void whatKeyAndHeadersDoNotHaveIsMissing() throws Exception {
    EventSchema schema =
        schema(
            "header:outcome",
            null,
            Envelope.NONE,
            new Feature("u", FieldPath.parse("key:user"), new Feature.Number(), MEAN),
            new Feature("v", FieldPath.parse("header:v"), new Feature.Number(), REJECT));
    EventDecoder decoder = EventFormat.JSON.decoder(schema);

    assertThatThrownBy(() -> decoder.head(record(null, "{}", Map.of())))
        .hasMessage("label 'header:outcome' is missing");
    assertThatThrownBy(() -> decoder.features(record(null, "{}", Map.of()), new float[4], 0))
        .hasMessage("feature 'v' is missing: feature.v.missing may say what that means");
    assertThatThrownBy(() -> decoder.features(record("x", "{}", Map.of("v", "1")), new float[4], 0))
        .hasMessageStartingWith("the record's key");
    float[] row = new float[3];
    decoder.features(record(null, "{}", Map.of("v", "1")), row, 0);
    assertThat(row).containsExactly(Float.NaN, 1, 1);
  }

  @Test
  void theKeyAsAWholeIsAText() throws Exception {
    EventSchema schema =
        schema(
            "l",
            null,
            Envelope.NONE,
            new Feature("k", FieldPath.parse("key:"), new Feature.Category(TABLE), REJECT));
    float[] row = new float[1];

    EventFormat.JSON.decoder(schema).features(record("DE", "{}", Map.of()), row, 0);

    assertThat(row).containsExactly(HASH.row("DE"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'before':null,'after':{'l':'fraud','x':{'f':7}},'op':'c'}",
        "{'op':'r','after':{'l':'fraud','x':{'f':7}}}",
        "{'op':'u','before':{'l':'ok','x':{'f':1}},'after':{'l':'fraud','x':{'f':7}},'ts_ms':1}",
        "{'schema':{},'payload':{'op':'u','before':{'l':'ok'},'after':{'l':'fraud','x':{'f':7}}}}",
        "{'l':'ok','x':{'f':1},'after':{'l':'fraud','x':{'f':7}},'op':'c'}",
      })
  void aDebeziumChangeIsReadAfterIt(String json) throws Exception {
    EventSchema schema = schema("l", null, Envelope.DEBEZIUM, number("x.f"));
    float[] row = new float[1];
    EventDecoder decoder = EventFormat.JSON.decoder(schema);

    assertThat(decoder.head(event(json)).label()).isEqualTo(1);
    decoder.features(event(json), row, 0);

    assertThat(row).containsExactly(7);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "DEBEZIUM | {'before':{'l':'ok'},'after':null,'op':'d'} | TOMBSTONE",
        "DEBEZIUM | {'op':'d','before':{'l':'ok'}} | TOMBSTONE",
        "DEBEZIUM | {'after':{'l':'ok'},'op':'d'} | TOMBSTONE",
        "DEBEZIUM | {'op':'t','source':{}} | TOMBSTONE",
        "DEBEZIUM | {'schema':{},'payload':{'op':'d','after':null}} | TOMBSTONE",
        "DEBEZIUM | {'schema':null,'payload':null} | TOMBSTONE",
        "DEBEZIUM | {'after':null} | TOMBSTONE",
        "DEBEZIUM | {'l':'ok'} | MALFORMED",
        "DEBEZIUM | {'after':'x','op':'c'} | MALFORMED",
        "DEBEZIUM | {'op':'c','before':{'l':'ok'}} | MALFORMED",
        "DEBEZIUM | {'op':'c','after':{}} | MISSING_LABEL",
        "CONNECT  | {'schema':{},'payload':null} | TOMBSTONE",
        "CONNECT  | {'l':'ok'} | MALFORMED",
        "CONNECT  | {'payload':[1]} | MALFORMED",
        "CONNECT  | {'payload':{'x':1},'l':'ok'} | MISSING_LABEL",
      })
  void anEnvelopeWithoutAnEventIsPassedOverAndWhatIsNoneRejected(
      Envelope envelope, String json, Reason reason) {
    EventSchema schema = schema("l", null, envelope, Feature.number("a"));

    assertRejected(() -> label(schema, event(json)), reason, "");
  }

  @Test
  void whatIsNoEnvelopeIsToldWithWhatItHas() {
    EventSchema schema = schema("l", null, Envelope.DEBEZIUM, Feature.number("a"));

    assertThatThrownBy(() -> label(schema, event("{'l':'ok','t':{'x':1}}")))
        .hasMessage(
            "no object 'after', as a Debezium change has: the value has l, t {x};"
                + " events.envelope=none reads plain events");
    assertThatThrownBy(() -> label(schema, event("{'op':'c','after':{'r':{'l':'ok'}}}")))
        .hasMessage(
            "label 'l' is missing: the event has r {l}; it stands in 'r': events.label=r.l reads"
                + " it there");
  }

  @Test
  void aFrameOfARegistryIsPassedOverWhereThereIsOne() throws Exception {
    EventSchema schema = schema("l", null, Envelope.NONE, Feature.number("a"));
    EventDecoder decoder =
        EventFormat.JSON.decoder(schema, 1000, new SchemaOrigin(true, null, null));
    byte[] json = "{\"l\":\"fraud\"}".getBytes(UTF_8);
    byte[] framed = new byte[5 + json.length];
    System.arraycopy(json, 0, framed, 5, json.length);

    assertThat(decoder.head(RawEvent.of(framed, 1_790_000_000_000L)).label()).isEqualTo(1);
    assertThatThrownBy(() -> decoder.head(RawEvent.of(json, 1_790_000_000_000L)))
        .hasMessageContaining("events.schema.frame=none reads plain values");
  }

  @Test
  void recordsOfPlacesHaveKeyAndHeadersToo() throws Exception {
    EventSchema schema =
        schema(
            "header:outcome",
            "header:at",
            Envelope.NONE,
            new Feature("k", FieldPath.parse("key:"), new Feature.Category(TABLE), MEAN),
            new Feature("n", FieldPath.parse("n"), new Feature.Number(), REJECT));
    Map<String, String> headers = Map.of("outcome", "1", "at", "1700000000000");
    float[] row = new float[2];

    EventDecoder csv = EventFormat.CSV.decoder(schema);
    RawEvent record = record("DE", "\"7\"", headers);
    assertThat(csv.head(record)).isEqualTo(new EventHead(1, 1_700_000_000_000L, 1));
    csv.features(record, row, 0);
    assertThat(row).containsExactly(HASH.row("DE"), 7);

    EventDecoder floats = EventFormat.FLOAT32.decoder(schema);
    RawEvent four =
        new RawEvent(null, new byte[] {0, 0, -32, 64}, record.headers(), record.timestampMs());
    assertThat(floats.head(four)).isEqualTo(new EventHead(1, 1_700_000_000_000L, 1));
    floats.features(four, row, 0);
    assertThat(row).containsExactly(0, 7);

    assertThatThrownBy(() -> csv.head(record("DE", "7", Map.of("outcome", "1"))))
        .hasMessage("time 'header:at' is missing");
  }

  @Test
  void producersMayWriteTheirFieldsInAnyOrderAndLeaveSomeOut() throws Exception {
    EventSchema schema =
        schema(
            "l",
            null,
            Envelope.NONE,
            new Feature("a", FieldPath.parse("a"), new Feature.Number(), MEAN),
            new Feature("b", FieldPath.parse("x.b"), new Feature.Number(), MEAN));
    EventDecoder decoder = EventFormat.JSON.decoder(schema);
    Random random = new Random(1);
    for (int event = 0; event < 500; event++) {
      List<String> fields = new ArrayList<>();
      float a = random.nextInt(100);
      float b = random.nextInt(100);
      fields.add("'a':" + a);
      fields.add("'x':{" + (random.nextBoolean() ? "'z':1," : "") + "'b':" + b + "}");
      for (int i = random.nextInt(4); i > 0; i--) {
        fields.add("'n" + random.nextInt(5) + "':{'b':-1}");
      }
      Collections.shuffle(fields, random);
      float[] row = new float[schema.columnCount()];

      decoder.features(event("{" + String.join(",", fields) + "}"), row, 0);

      assertThat(row).containsExactly(a, 0, b, 0);
    }
  }

  @Test
  void numbersAreRoundedAsJavaRoundsThem() throws Exception {
    EventSchema schema =
        schema(
            "l",
            null,
            Envelope.NONE,
            new Feature(
                "f",
                FieldPath.parse("f"),
                new Feature.Category(new Feature.Table(Feature.MAX_BUCKETS, 1, 1)),
                REJECT));
    EventDecoder decoder = EventFormat.JSON.decoder(schema);
    CategoryHash hash = new CategoryHash(new Feature.Table(Feature.MAX_BUCKETS, 1, 1));
    Random random = new Random(1);
    float[] row = new float[1];
    for (int i = 0; i < 20_000; i++) {
      BigDecimal halfway =
          new BigDecimal(random.nextDouble())
              .add(new BigDecimal(Math.ulp(1.0)).multiply(new BigDecimal("0.25")));
      String text =
          i % 2 == 0
              ? halfway.toPlainString()
              : Double.toString(Double.longBitsToDouble(random.nextLong() & ~(1L << 62)));

      decoder.features(event("{'f':" + text + "}"), row, 0);

      assertThat(row[0]).as(text).isEqualTo(hash.row(FeatureRow.name(Double.parseDouble(text))));
    }
  }
}
