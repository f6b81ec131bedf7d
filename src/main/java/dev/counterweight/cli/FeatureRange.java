package dev.counterweight.cli;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The values that a feature takes: least, mean and most of a number, how many different ones there
 * are, and how often it is missing.
 */
final class FeatureRange {
  private static final int MAX_DISTINCT = 200;
  private static final String ROW = "%-28s %12s %12s %12s %9s %9s";

  private final Feature feature;
  private final int index;
  private final int first;
  private final DoubleSummaryStatistics values = new DoubleSummaryStatistics();
  private final Set<Float> distinct = new HashSet<>();
  private long rows;
  private long missing;

  private FeatureRange(Feature feature, int index, int first) {
    this.feature = feature;
    this.index = index;
    this.first = first;
  }

  /** Of every feature, in order. */
  static List<FeatureRange> of(FeatureSchema schema) {
    List<FeatureRange> ranges = new ArrayList<>();
    for (int column = 0; column < schema.columnCount(); column++) {
      int index = schema.columns().get(column).feature();
      if (index == ranges.size()) {
        ranges.add(new FeatureRange(schema.features().get(index), index, column));
      }
    }
    return ranges;
  }

  /**
   * Takes in a row that was read.
   *
   * @param decoder that has read it
   */
  void add(float[] row, EventDecoder decoder) {
    rows++;
    if (feature.mayBeMissing() && decoder.missing(index)) {
      missing++;
      return;
    }
    if (distinct.size() <= MAX_DISTINCT) {
      distinct.add(row[first]);
    }
    if (feature.type() instanceof Feature.Number) {
      values.accept(row[first]);
    }
  }

  /** What the columns of {@link #row} are. */
  static String header() {
    return String.format(
        Locale.ROOT, ROW, "feature", "least", "mean", "largest", "distinct", "missing");
  }

  String row() {
    String count = distinct.size() > MAX_DISTINCT ? "> " + MAX_DISTINCT : "" + distinct.size();
    boolean number = values.getCount() > 0;
    boolean counted = number || feature.type() instanceof Feature.Category;
    return String.format(
        Locale.ROOT,
        ROW,
        feature.name(),
        number ? shown(values.getMin()) : "-",
        number ? shown(values.getAverage()) : kind(),
        number ? shown(values.getMax()) : "-",
        counted ? count : "-",
        feature.mayBeMissing()
            ? String.format(Locale.ROOT, "%.1f %%", 100.0 * missing / rows)
            : "-");
  }

  private String kind() {
    return feature.type().getClass().getSimpleName().toLowerCase(Locale.ROOT);
  }

  /** Six digits, without an exponent where that is shorter. */
  private static String shown(double value) {
    String plain =
        new BigDecimal(value).round(new MathContext(6)).stripTrailingZeros().toPlainString();
    return plain.length() <= 12 ? plain : String.format(Locale.ROOT, "%.5g", value);
  }
}
