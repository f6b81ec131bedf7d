package dev.counterweight.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;

class FeatureSchemaTest {
  private static final Feature.Table TABLE = new Feature.Table(100, 4, 7);
  private static final FeatureSchema ALL =
      new FeatureSchema(
          List.of(
              Feature.number("a"),
              feature("b", new Feature.Number(), new Feature.Mean()),
              feature("c", new Feature.Category(TABLE), new Feature.Mean()),
              feature("d", new Feature.Categories(TABLE, 2), new Feature.Literal("none, (so)")),
              feature(
                  "t",
                  new Feature.Time(EventTimeUnit.S, ZoneId.of("Europe/Berlin")),
                  new Feature.Mean())));

  @Test
  void aNumberThatMustBeThereIsOfTheKindItAlwaysWas() {
    Schema schema = Schema.ofNumbers(List.of("a"), "y", List.of("no", "yes"));

    assertThat(Feature.number("a").kind()).isEqualTo(Schema.NUMBER);
    assertThat(schema.layout()).isEqualTo(FeatureSchema.ofNumbers(List.of("a")));
  }

  @Test
  void kindsTellAllThatAModelMustKnow() {
    assertThat(ALL.kinds())
        .containsExactly(
            "number",
            "number(missing=mean)",
            "category(buckets=100,width=4,seed=7,missing=mean)",
            "categories(buckets=100,width=4,seed=7,items=2,missing='none, (so)')",
            "time(zone=Europe/Berlin,missing=mean)");
    FeatureSchema read = FeatureSchema.of(ALL.names(), ALL.kinds());
    assertThat(read.columns()).isEqualTo(ALL.columns());
    assertThat(read.embeddings()).isEqualTo(ALL.embeddings());
    assertThat(read.kinds()).isEqualTo(ALL.kinds());
  }

  @Test
  void aKindThatIsNotKnownIsRefused() {
    for (String kind :
        List.of("image", "category(buckets=3)", "number(", "time(zone=Nowhere)", "number(new=1)")) {
      assertThatThrownBy(() -> Feature.of("a", kind))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(kind);
    }
  }

  @Test
  void featuresBecomeColumnsByName() {
    assertThat(ALL.columns().stream().map(Column::name))
        .containsExactly(
            "a",
            "b",
            "b.missing",
            "c",
            "d[0]",
            "d[1]",
            "t.hour.sin",
            "t.hour.cos",
            "t.weekday.sin",
            "t.weekday.cos",
            "t.missing");
    assertThat(ALL.embeddings())
        .containsExactly(new Embedding("c", TABLE, 3, 1), new Embedding("d", TABLE, 4, 2));
  }

  @Test
  void valuesOfEveryTypeBecomeTheirColumns() throws EventRejectedException {
    FeatureRow row = row();
    float[] target = new float[ALL.columnCount() + 1];
    row.begin(target, 1);
    row.text(0, " 1.5 ");
    row.bool(1, true);
    row.text(2, "DE");
    row.items(3);
    row.text(3, "x");
    row.number(3, 4.0);
    row.text(3, "one more");
    row.text(4, "2026-11-29T06:00:00+01:00"); // a Sunday

    assertThat(row.end()).isEqualTo(-1);
    CategoryHash hash = new CategoryHash(TABLE);
    assertThat(target)
        .containsExactly(
            new float[] {
              0,
              1.5f,
              1,
              0,
              hash.row("DE"),
              hash.row("x"),
              hash.row("4"),
              1,
              0,
              (float) Math.sin(2 * Math.PI * 6.25 / 7),
              (float) Math.cos(2 * Math.PI * 6.25 / 7),
              0
            },
            org.assertj.core.data.Offset.offset(1e-6f));
  }

  @Test
  void whatIsMissingFollowsItsRule() throws EventRejectedException {
    FeatureRow row = row();
    float[] target = new float[ALL.columnCount()];
    row.begin(target, 0);
    row.number(0, 1.0);

    assertThat(row.end()).isEqualTo(-1);
    CategoryHash hash = new CategoryHash(TABLE);
    float none = Float.NaN;
    assertThat(target)
        .containsExactly(1, none, 1, 0, hash.row("none, (so)"), -1, none, none, none, none, 1);
    assertThat(row.wasMissing(0)).isFalse();
    assertThat(row.wasMissing(3)).isTrue();

    row.begin(target, 0);
    assertThat(row.end()).isZero();
  }

  @Test
  void ofSeveralValuesTheLastCounts() throws EventRejectedException {
    FeatureRow row = row();
    float[] target = new float[ALL.columnCount()];
    row.begin(target, 0);
    row.number(0, 1.0);
    row.missing(1);
    row.number(1, 3.0);
    row.number(0, 2.0);
    row.end();

    assertThat(target[0]).isEqualTo(2);
    assertThat(target[1]).isEqualTo(3);
    assertThat(target[2]).isZero();
    assertThat(row.wasMissing(1)).isFalse();
  }

  @Test
  void aCategoryHasTheSameRowHoweverANumberIsWritten() {
    assertThat(FeatureRow.name(1.0)).isEqualTo("1");
    assertThat(FeatureRow.name(-0.5)).isEqualTo("-0.5");
    assertThat(FeatureRow.name(1e22)).isEqualTo("10000000000000000000000");
    assertThat(FeatureRow.name(1.1f)).isEqualTo("1.1");
  }

  @Test
  void rowsAreThoseOfTheHashThatReadersUse() {
    // From the same hash in Python, of the text's UTF-8.
    CategoryHash hash = new CategoryHash(new Feature.Table(1024, 4, 1));

    assertThat(hash.row("DE")).isEqualTo(HASHED[0]);
    assertThat(hash.row("")).isEqualTo(HASHED[1]);
    assertThat(hash.row("refus\u00e9 \u20ac \ud83d\ude00")).isEqualTo(HASHED[2]);
  }

  private static final int[] HASHED = {955, 46, 345};

  private static FeatureRow row() {
    EventSchema schema =
        new EventSchema(ALL, "y", List.of("no", "yes"), null, null, EventTimeUnit.MS, 0, List.of());
    return new EventRules(schema, 1000).row();
  }

  private static Feature feature(String name, Feature.Type type, Feature.Missing missing) {
    return new Feature(name, FieldPath.parse(name), type, missing);
  }
}
