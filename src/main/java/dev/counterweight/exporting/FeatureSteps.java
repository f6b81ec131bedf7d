package dev.counterweight.exporting;

import dev.counterweight.event.Embedding;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.tensor.SafeTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * From the values of features to the columns that are numbers and the vectors of the categories,
 * each by its missing rule, and to the row that a forest takes. Not thread-safe.
 */
final class FeatureSteps {
  private static final long DAY_MS = 86_400_000;

  /** 1 January 1970 was a Thursday. */
  private static final long SINCE_MONDAY_MS = 3 * DAY_MS;

  private final CalculationBuilder calculation;
  private final SafeTensors model;
  private final Map<String, Embedding> tables = new HashMap<>();
  private final List<Term> columns = new ArrayList<>();

  /** Of each feature its columns as rows have them, F32[n, width]: steps only where asked for. */
  private final List<Supplier<Term>> row = new ArrayList<>();

  private final List<Double> mustBeThere = new ArrayList<>();
  private final List<Term> vectors = new ArrayList<>();
  private final List<Term> unscorable = new ArrayList<>();

  FeatureSteps(CalculationBuilder calculation, FeatureSchema schema, SafeTensors model) {
    this.calculation = calculation;
    this.model = model;
    schema.embeddings().forEach(table -> tables.put(table.feature(), table));
    for (Feature feature : schema.features()) {
      if (feature.type().table() != null) {
        category(feature);
      } else if (feature.type() instanceof Feature.Time time) {
        time(feature, time);
      } else {
        number(feature);
      }
    }
  }

  /** Values F32[n, 1] of the columns that are numbers, NaN where missing. */
  List<Term> columns() {
    return columns;
  }

  /** All columns F32[n, F] as an event's row has them, in their order, NaN where missing. */
  Term row() {
    return calculation.step(Operation.JOIN, row.stream().map(Supplier::get).toList());
  }

  /** By column: 1 if a row without it cannot be scored, or 0. */
  double[] mustBeThere() {
    return mustBeThere.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Values F32[n, width], one a category. */
  List<Term> vectors() {
    return vectors;
  }

  /** Values F64[n, 1]: above 0 where a category is missing that must be there. */
  List<Term> unscorable() {
    return unscorable;
  }

  private void number(Feature feature) {
    Term value = calculation.input(feature.name(), Calculation.Kind.NUMBER, 0).column();
    Term missing = value.isNaN();
    if (feature.missing() instanceof Feature.Literal) {
      float literal = (float) feature.literalValue().orElseThrow();
      value = missing.choose(calculation.vector(literal), value);
    }
    add(feature, value);
    flag(feature, missing);
  }

  private void time(Feature feature, Feature.Time time) {
    Term ms = calculation.input(feature.name(), Calculation.Kind.TIME, 0).column();
    Term missing = ms.then(Operation.EQUAL, calculation.whole(Long.MIN_VALUE));
    boolean literal = feature.missing() instanceof Feature.Literal;
    long instead = literal ? (long) feature.literalValue().orElseThrow() : 0;
    Term present = missing.choose(calculation.whole(instead), ms);
    Term local = present.plus(offset(present, ZoneOffsets.of(time.zone())));
    Term monday = local.plus(calculation.whole(SINCE_MONDAY_MS));
    for (Term angle : List.of(angle(local, DAY_MS), angle(monday, 7 * DAY_MS))) {
      for (double ahead : new double[] {0, Math.PI / 2}) { // the cosine is the sine a quarter ahead
        Term value = angle.plus(ahead).then(Operation.SINE).toFloat();
        add(feature, literal ? value : missing.choose(calculation.vector(Float.NaN), value));
      }
    }
    flag(feature, missing);
  }

  /** Of I64[n, 1] milliseconds what is added to get what clocks show there. */
  private Term offset(Term ms, ZoneOffsets offsets) {
    Term values = calculation.constant(offsets.offsetsMs());
    return offsets.startsMs().values().length == 0
        ? values
        : values.rows(ms.atLeast(calculation.constant(offsets.startsMs())).toLong().sum());
  }

  /** 2 pi times the part of a period that has passed. */
  private Term angle(Term ms, long period) {
    return ms.then(Operation.REMAINDER, calculation.whole(period))
        .toDouble()
        .times(2 * Math.PI / period);
  }

  private void category(Feature feature) {
    Embedding of = Objects.requireNonNull(tables.get(feature.name()));
    float[] weights = model.floats("embedding." + feature.name() + ".weight");
    int width = weights.length / of.table().buckets();
    Term table = calculation.table(weights, of.table().buckets(), width);
    int instead = (int) feature.literalValue().orElse(0);
    boolean several = feature.type() instanceof Feature.Categories;
    Term rows = calculation.input(feature.name(), Calculation.Kind.ROW, several ? of.columns() : 0);
    Term items = several ? rows : rows.column();
    Term none = items.then(Operation.LARGEST).atMost(calculation.whole(0));
    row.add(() -> none.choose(missingItems(instead, of.columns()), items).toFloat());
    Term vector = several ? mean(table, rows) : row(table, rows);
    float[] missing = Arrays.copyOfRange(weights, instead * width, (instead + 1) * width);
    vectors.add(none.choose(calculation.vector(missing), vector));
    if (!feature.mayBeMissing()) {
      unscorable.add(none.toDouble());
    }
  }

  /** The columns of a missing category: its own row or the one it stands for, and none behind. */
  private Term missingItems(int instead, int columns) {
    long[] items = new long[columns];
    Arrays.fill(items, -1);
    items[0] = instead;
    return calculation.wholes(items);
  }

  private Term row(Term table, Term rows) {
    return table.rows(rows.larger(calculation.whole(0)));
  }

  /** The mean of the rows that are named. */
  private Term mean(Term table, Term rows) {
    Term used = rows.atLeast(calculation.whole(0)).toFloat();
    Term vectors = row(table, rows).times(used.column());
    Term count = used.sum().larger(calculation.vector(1f));
    return vectors.then(Operation.SUM_OF_ITEMS).over(count);
  }

  private void add(Feature feature, Term column) {
    columns.add(column);
    row.add(() -> column);
    mustBeThere.add(feature.mayBeMissing() ? 0.0 : 1.0);
  }

  private void flag(Feature feature, Term missing) {
    if (feature.missing() instanceof Feature.Mean) {
      Term flag = missing.toFloat();
      columns.add(flag);
      row.add(() -> flag);
      mustBeThere.add(0.0);
    }
  }
}
