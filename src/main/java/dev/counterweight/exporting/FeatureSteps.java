package dev.counterweight.exporting;

import dev.counterweight.event.Embedding;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.LiteralValue;
import dev.counterweight.tensor.SafeTensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * From the values of features to the columns that are numbers and the vectors of the categories,
 * each by its missing rule. Not thread-safe.
 */
final class FeatureSteps {
  private static final long DAY_MS = 86_400_000;

  /** 1 January 1970 was a Thursday. */
  private static final long SINCE_MONDAY_MS = 3 * DAY_MS;

  private final CalculationBuilder calculation;
  private final SafeTensors model;
  private final Map<String, Embedding> tables = new HashMap<>();
  private final List<String> columns = new ArrayList<>();
  private final List<Double> mustBeThere = new ArrayList<>();
  private final List<String> vectors = new ArrayList<>();
  private final List<String> unscorable = new ArrayList<>();

  FeatureSteps(CalculationBuilder calculation, FeatureSchema schema, SafeTensors model) {
    this.calculation = calculation;
    this.model = model;
    schema.embeddings().forEach(table -> tables.put(table.feature(), table));
    for (Feature feature : schema.features()) {
      if (feature.type() instanceof Feature.Category
          || feature.type() instanceof Feature.Categories) {
        category(feature);
      } else if (feature.type() instanceof Feature.Time time) {
        time(feature, time);
      } else {
        number(feature);
      }
    }
  }

  /** Values F32[n, 1] of the columns that are numbers, NaN where missing. */
  List<String> columns() {
    return columns;
  }

  /** By column: 1 if a row without it cannot be scored, or 0. */
  double[] mustBeThere() {
    return mustBeThere.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** Values F32[n, width], one a category. */
  List<String> vectors() {
    return vectors;
  }

  /** Values F64[n, 1]: above 0 where a category is missing that must be there. */
  List<String> unscorable() {
    return unscorable;
  }

  private void number(Feature feature) {
    String value = column(calculation.input(feature.name(), Calculation.Kind.NUMBER, 0));
    String missing = calculation.step(Operation.IS_NAN, value);
    if (feature.missing() instanceof Feature.Literal) {
      float literal = (float) LiteralValue.of(feature).orElseThrow();
      String instead = calculation.floats(new float[] {literal}, 1);
      value = calculation.step(Operation.CHOICE, missing, instead, value);
    }
    add(feature, value);
    flag(feature, missing);
  }

  private void time(Feature feature, Feature.Time time) {
    String ms = column(calculation.input(feature.name(), Calculation.Kind.TIME, 0));
    String missing = calculation.step(Operation.EQUAL, ms, calculation.whole(Long.MIN_VALUE));
    boolean literal = feature.missing() instanceof Feature.Literal;
    long instead = literal ? (long) LiteralValue.of(feature).orElseThrow() : 0;
    String present = calculation.step(Operation.CHOICE, missing, calculation.whole(instead), ms);
    String local =
        calculation.step(Operation.ADD, present, offset(present, ZoneOffsets.of(time.zone())));
    String monday = calculation.step(Operation.ADD, local, calculation.whole(SINCE_MONDAY_MS));
    for (String angle : List.of(angle(local, DAY_MS), angle(monday, 7 * DAY_MS))) {
      for (double ahead : new double[] {0, Math.PI / 2}) { // the cosine is the sine a quarter ahead
        String sine =
            calculation.step(
                Operation.SINE, calculation.step(Operation.ADD, angle, calculation.number(ahead)));
        String value = calculation.step(Operation.TO_FLOAT, sine);
        add(feature, literal ? value : unlessMissing(missing, value));
      }
    }
    flag(feature, missing);
  }

  /** Of I64[n, 1] milliseconds what is added to get what clocks show there. */
  private String offset(String ms, ZoneOffsets offsets) {
    String values = calculation.constant(offsets.offsetsMs());
    if (offsets.startsMs().values().length == 0) {
      return values;
    }
    String passed =
        calculation.step(Operation.AT_LEAST, ms, calculation.constant(offsets.startsMs()));
    String place = calculation.step(Operation.SUM, calculation.step(Operation.TO_LONG, passed));
    return calculation.step(Operation.ROWS, values, place);
  }

  /** 2 pi times the part of a period that has passed. */
  private String angle(String ms, long period) {
    String rest = calculation.step(Operation.REMAINDER, ms, calculation.whole(period));
    return calculation.step(
        Operation.MULTIPLY,
        calculation.step(Operation.TO_DOUBLE, rest),
        calculation.number(2 * Math.PI / period));
  }

  private String unlessMissing(String missing, String value) {
    String none = calculation.floats(new float[] {Float.NaN}, 1);
    return calculation.step(Operation.CHOICE, missing, none, value);
  }

  private void category(Feature feature) {
    Embedding of = Objects.requireNonNull(tables.get(feature.name()));
    float[] weights = model.floats("embedding." + feature.name() + ".weight");
    int width = weights.length / of.table().buckets();
    String table = calculation.floats(weights, of.table().buckets(), width);
    long instead = (long) LiteralValue.of(feature).orElse(0);
    boolean several = feature.type() instanceof Feature.Categories;
    String rows =
        calculation.input(feature.name(), Calculation.Kind.ROW, several ? of.columns() : 0);
    String all = several ? rows : column(rows);
    String none =
        calculation.step(
            Operation.AT_MOST, calculation.step(Operation.LARGEST, all), calculation.whole(0));
    String vector = several ? mean(table, rows) : row(table, rows);
    float[] missing =
        Arrays.copyOfRange(weights, (int) instead * width, ((int) instead + 1) * width);
    vectors.add(
        calculation.step(Operation.CHOICE, none, calculation.floats(missing, width), vector));
    if (!feature.mayBeMissing()) {
      unscorable.add(calculation.step(Operation.TO_DOUBLE, none));
    }
  }

  private String row(String table, String rows) {
    return calculation.step(
        Operation.ROWS, table, calculation.step(Operation.LARGER, rows, calculation.whole(0)));
  }

  /** The mean of the rows that are named. */
  private String mean(String table, String rows) {
    String named = calculation.step(Operation.AT_LEAST, rows, calculation.whole(0));
    String used = calculation.step(Operation.TO_FLOAT, named);
    String vectors = calculation.step(Operation.MULTIPLY, row(table, rows), column(used));
    String count =
        calculation.step(
            Operation.LARGER,
            calculation.step(Operation.SUM, used),
            calculation.floats(new float[] {1}, 1));
    return calculation.step(
        Operation.DIVIDE, calculation.step(Operation.SUM_OF_ITEMS, vectors), count);
  }

  private void add(Feature feature, String column) {
    columns.add(column);
    mustBeThere.add(feature.mayBeMissing() ? 0.0 : 1.0);
  }

  private void flag(Feature feature, String missing) {
    if (feature.missing() instanceof Feature.Mean) {
      columns.add(calculation.step(Operation.TO_FLOAT, missing));
      mustBeThere.add(0.0);
    }
  }

  private String column(String value) {
    return calculation.step(Operation.COLUMN, value);
  }
}
