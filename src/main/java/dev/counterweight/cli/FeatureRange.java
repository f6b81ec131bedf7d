package dev.counterweight.cli;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.DoubleSummaryStatistics;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/** The values that a feature takes: least, mean, most, and how many there are. */
final class FeatureRange {
  private static final int MAX_DISTINCT = 200;
  private static final String ROW = "%-28s %12s %12s %12s %9s";

  private final String name;
  private final DoubleSummaryStatistics values = new DoubleSummaryStatistics();
  private final Set<Float> distinct = new HashSet<>();

  FeatureRange(String name) {
    this.name = name;
  }

  void add(float value) {
    values.accept(value);
    if (distinct.size() <= MAX_DISTINCT) {
      distinct.add(value);
    }
  }

  /** What the columns of {@link #row} are. */
  static String header() {
    return String.format(Locale.ROOT, ROW, "feature", "least", "mean", "largest", "distinct");
  }

  String row() {
    String count = distinct.size() > MAX_DISTINCT ? "> " + MAX_DISTINCT : "" + distinct.size();
    return String.format(
        Locale.ROOT,
        ROW,
        name,
        shown(values.getMin()),
        shown(values.getAverage()),
        shown(values.getMax()),
        count);
  }

  /** Six digits, without an exponent where that is shorter. */
  private static String shown(double value) {
    String plain =
        new BigDecimal(value).round(new MathContext(6)).stripTrailingZeros().toPlainString();
    return plain.length() <= 12 ? plain : String.format(Locale.ROOT, "%.5g", value);
  }
}
