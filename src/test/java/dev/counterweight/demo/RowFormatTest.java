package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FieldPath;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.SchemaOrigin;
import dev.counterweight.protocol.FailureException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowFormatTest {
  private static final String MIXED =
      """
      amount,card.country,card.age,ok,ts,items,label
      2.5,DE,30,true,2026-09-21T13:00:00Z,7,no
      ,"a ""b"", c",,False,,,yes
      0,,0,,2026-09-21T15:00:00.123+02:00,0,no
      """;
  private static final Feature.Table TABLE = new Feature.Table(1_000_000, 4, 1);

  @TempDir private Path dir;

  @Test
  void typesAreThoseThatAllFieldsOfAColumnHave() {
    assertThat(types(MIXED, Map.of()))
        .containsExactly(
            ColumnType.NUMBER,
            ColumnType.TEXT,
            ColumnType.INTEGER,
            ColumnType.BOOLEAN,
            ColumnType.TIME,
            ColumnType.INTEGER);
    assertThat(types("a,b,c,d,label\n1,2026-09-21T13:00:00.0001Z,,0012,no\nx,,,9,no\n", Map.of()))
        .containsExactly(ColumnType.TEXT, ColumnType.TEXT, ColumnType.TEXT, ColumnType.INTEGER);
    assertThat(types("d,label\n0012,no\n9,no\n", Map.of("d", ColumnType.TEXT)))
        .containsExactly(ColumnType.TEXT);
  }

  @Test
  void whatIsNotOfADeclaredTypeIsNamed() {
    assertThatThrownBy(() -> types("d,label\n1,no\n1.5,no\n", Map.of("d", ColumnType.INTEGER)))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("line 3: column 'd' is '1.5': must be a whole number of 64 bits");
    assertThatThrownBy(() -> types("d,label\n2026-09-21,no\n", Map.of("d", ColumnType.TIME)))
        .hasMessageContaining("must be ISO 8601 with offset");
    assertThatThrownBy(() -> types("d,label\n1,no\n", Map.of("e", ColumnType.TIME)))
        .hasMessageContaining("has no column 'e'");
    assertThatThrownBy(() -> types("d,label\n\"1,5\",no\n" + "1,no\n".repeat(20), Map.of()))
        .hasMessageContaining("must be a finite number, with a point for the comma");
  }

  @Test
  void aFlatTableOfNumbersHasTheBytesItAlwaysHad() {
    String csv = "x,y,label\n1e2,-0.50,no\n";

    assertThat(text(encoded(csv, EventFormat.JSON).get(0)))
        .isEqualTo("{\"x\":1E+2,\"y\":-0.50,\"label\":\"no\"}");
    assertThat(text(encoded(csv, EventFormat.CSV).get(0))).isEqualTo("1E+2,-0.50,no");
    assertThat(encoded(csv, EventFormat.FLOAT32).get(0))
        .containsExactly(0, 0, (byte) 0xc8, 0x42, 0, 0, 0, (byte) 0xbf, 0, 0, 0, 0);
  }

  @Test
  void namesWithPointsNestAndBlanksAreNull() {
    assertThat(encoded(MIXED, EventFormat.JSON).stream().map(RowFormatTest::text))
        .containsExactly(
            "{'amount':2.5,'card':{'country':'DE','age':30},'ok':true,'ts':'2026-09-21T13:00:00Z','items':7,'label':'no'}"
                .replace('\'', '"'),
            "{'amount':null,'card':{'country':'a \\'b\\', c','age':null},'ok':false,'ts':null,'items':null,'label':'yes'}"
                .replace('\'', '"'),
            "{'amount':0,'card':{'country':null,'age':0},'ok':null,'ts':'2026-09-21T15:00:00.123+02:00','items':0,'label':'no'}"
                .replace('\'', '"'));
    assertThat(encoded(MIXED, EventFormat.CSV).stream().map(RowFormatTest::text))
        .contains(",\"a \"\"b\"\", c\",,False,,,yes");
  }

  @Test
  void whatAFormatCannotCarryIsNamed() {
    assertThatThrownBy(() -> encoded(MIXED, EventFormat.FLOAT32))
        .isInstanceOf(FailureException.class)
        .hasMessage(
            "column 'card.country' holds text values: format float32 carries numbers alone");
    assertThatThrownBy(() -> encoded("capital-gain,label\n1,no\n", EventFormat.PROTOBUF))
        .isInstanceOf(FailureException.class)
        .hasMessageContaining("column name 'capital-gain' cannot be that of a Protobuf field");
    assertThatThrownBy(() -> encoded("capital-gain,label\n1,no\n", EventFormat.AVRO))
        .hasMessageContaining("column name 'capital-gain' cannot be that of an Avro field");
    assertThatThrownBy(() -> encoded("card,card.age,label\n1,2,no\n", EventFormat.JSON))
        .hasMessageContaining("column 'card.age' and another one would be field 'card'");
    assertThatThrownBy(() -> encoded("card.age,card,label\n1,2,no\n", EventFormat.JSON))
        .hasMessageContaining("column 'card' and another one would be field 'card'");
    assertThat(encoded("x,label\n,no\n1,no\n", EventFormat.FLOAT32).get(0))
        .containsExactly(0, 0, (byte) 0xc0, 0x7f, 0, 0, 0, 0);
  }

  @Test
  void protobufGivesTheRowsThatJsonGives() throws Exception {
    RowFormat protobuf = format(MIXED, EventFormat.PROTOBUF);
    assertThat(Objects.requireNonNull(protobuf.schema()).text())
        .isEqualTo(
            """
            syntax = "proto3";
            import "google/protobuf/timestamp.proto";

            message Event {
              optional double amount = 1;
              CardFields card = 2;
              optional bool ok = 3;
              google.protobuf.Timestamp ts = 4;
              optional int64 items = 5;
              optional string label = 6;

              message CardFields {
                optional string country = 1;
                optional int64 age = 2;
              }
            }
            """);

    List<List<Object>> rows = rows(MIXED, EventFormat.PROTOBUF);
    assertThat(rows).isEqualTo(rows(MIXED, EventFormat.JSON));
    assertThat(rows).extracting(row -> row.get(1)).containsExactly(2.5f, Float.NaN, 0f);
  }

  @Test
  void avroGivesTheRowsThatJsonGives() throws Exception {
    assertThat(Objects.requireNonNull(format(MIXED, EventFormat.AVRO).schema()).text())
        .contains("{\"name\":\"amount\",\"type\":[\"null\",\"double\"],\"default\":null}")
        .contains("\"name\":\"Event_card\"")
        .contains("\"logicalType\":\"timestamp-millis\"");

    assertThat(rows(MIXED, EventFormat.AVRO)).isEqualTo(rows(MIXED, EventFormat.JSON));
  }

  /** Labels and features of a table's rows, written and read. */
  private List<List<Object>> rows(String csv, EventFormat format) throws Exception {
    List<Feature> features =
        List.of(
            feature("amount", new Feature.Number()),
            feature("card.country", new Feature.Category(TABLE)),
            feature("card.age", new Feature.Category(TABLE)),
            feature("ok", new Feature.Number()),
            feature("ts", new Feature.Time(EventTimeUnit.MS, ZoneOffset.UTC)),
            feature("items", new Feature.Number()));
    EventSchema schema =
        new EventSchema(
            new FeatureSchema(features),
            "label",
            List.of("no", "yes"),
            null,
            null,
            EventTimeUnit.MS,
            0,
            List.of());
    EventDecoder decoder = format.decoder(schema, 1 << 20, origin(csv, format));
    List<List<Object>> rows = new ArrayList<>();
    for (byte[] event : encoded(csv, format)) {
      float[] row = new float[schema.columnCount()];
      RawEvent raw = RawEvent.of(event, 1);
      List<Object> values = new ArrayList<>(List.of(decoder.head(raw).label()));
      decoder.features(raw, row, 0);
      for (float value : row) {
        values.add(value);
      }
      rows.add(values);
    }
    return rows;
  }

  private SchemaOrigin origin(String csv, EventFormat format) {
    if (format == EventFormat.JSON) {
      return SchemaOrigin.NONE;
    }
    String schema = Objects.requireNonNull(format(csv, format).schema()).text();
    return SchemaOrigin.of(new SchemaOrigin.SchemaFile("schema-out", schema.getBytes(UTF_8), null));
  }

  private static Feature feature(String name, Feature.Type type) {
    return new Feature(name, FieldPath.parse(name), type, new Feature.Mean());
  }

  private List<ColumnType> types(String csv, Map<String, ColumnType> declared) {
    try (CsvTable table = table(csv)) {
      return types(table, new EventRows(table, options(EventFormat.JSON, declared)));
    }
  }

  private static List<ColumnType> types(CsvTable table, EventRows rows) {
    ColumnTypes types = rows.types();
    for (Optional<CsvTable.Row> row = table.next(); row.isPresent(); row = table.next()) {
      types.accept(row.get());
    }
    return types.found();
  }

  private RowFormat format(String csv, EventFormat format) {
    try (CsvTable table = table(csv)) {
      EventRows rows = new EventRows(table, options(format, Map.of()));
      return rows.format(types(table, rows));
    }
  }

  private List<byte[]> encoded(String csv, EventFormat format) {
    List<ColumnType> found = types(csv, Map.of());
    List<byte[]> events = new ArrayList<>();
    try (CsvTable table = table(csv)) {
      EventRows rows = new EventRows(table, options(format, Map.of()));
      RowFormat writer = rows.format(found);
      for (Optional<CsvTable.Row> row = table.next(); row.isPresent(); row = table.next()) {
        List<@Nullable String> fields = rows.fields(row.get(), found);
        events.add(writer.encode(fields));
      }
    }
    return events;
  }

  private Replay.Options options(EventFormat format, Map<String, ColumnType> types) {
    return new Replay.Options(
        dir.resolve("rows.csv"),
        List.of(),
        "label",
        List.of("no", "yes"),
        "t",
        1,
        format,
        0,
        ',',
        0,
        types,
        null,
        null,
        null);
  }

  private CsvTable table(String csv) {
    try {
      return CsvTable.open(Files.writeString(dir.resolve("rows.csv"), csv), ',');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, UTF_8);
  }
}
