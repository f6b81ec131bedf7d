package dev.counterweight.profile;

import dev.counterweight.event.Decimal;
import dev.counterweight.event.EventTimeUnit;
import dev.counterweight.event.Shown;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What was seen of a field, in words: text of strangers in it is fit to be shown. */
public final class Evidence {
  private static final int MOST_SHOWN = 4;
  private static final int LONGEST_SHOWN = 40;

  private Evidence() {}

  /** Six digits, without an exponent where that is shorter. */
  public static String number(double value) {
    if (!Double.isFinite(value)) {
      return Double.toString(value);
    }
    String plain =
        new BigDecimal(value).round(new MathContext(6)).stripTrailingZeros().toPlainString();
    return plain.length() <= 12 ? plain : String.format(Locale.ROOT, "%.5g", value);
  }

  /** A share as a percentage of two digits, never 0 % nor 100 % where it is neither. */
  public static String percent(double share) {
    double percent = 100 * share;
    if (percent > 0 && percent < 0.01) {
      return "less than 0.01 %";
    }
    String rounded =
        new BigDecimal(percent).round(new MathContext(percent < 99 ? 2 : 4)).toPlainString();
    return (rounded.contains(".") ? rounded.replaceAll("\\.?0+$", "") : rounded) + " %";
  }

  static String first(FieldProfile field) {
    return field.counts().keySet().stream().findFirst().map(Evidence::quoted).orElse("a long text");
  }

  /** A text that is no number, in brackets; empty if none is known. */
  static String firstWord(FieldProfile field) {
    return field.counts().keySet().stream()
        .filter(value -> !Decimal.is(value))
        .findFirst()
        .map(word -> " (" + quoted(word) + ")")
        .orElse("");
  }

  static String distinct(FieldProfile field) {
    return String.format(
        Locale.ROOT,
        "%s different values in %,d events",
        count(field.distinct()),
        field.distinct().values());
  }

  static String range(FieldProfile field) {
    String kind =
        field.flags() == field.scalars()
            ? "true or false, "
            : field.quotedNumbers() == field.scalars()
                ? "in quotes, "
                : field.quotedNumbers() + field.flags() > 0
                    ? "some of it in quotes or a flag, "
                    : "";
    return "%s%s to %s, mean %s, %s different values"
        .formatted(
            kind,
            number(field.least()),
            number(field.largest()),
            number(field.mean()),
            count(field.distinct()));
  }

  static String time(FieldProfile field, EventTimeUnit unit) {
    return field.least() > field.largest()
        ? "times in ISO 8601"
        : "times in %s, %s to %s"
            .formatted(unit, Times.shown(field.least(), unit), Times.shown(field.largest(), unit));
  }

  static String values(FieldProfile field) {
    return (field.distinct().count() == 1
            ? "1 value"
            : count(field.distinct()) + " different values")
        + shares(field);
  }

  static String items(FieldProfile arrays, FieldProfile elements) {
    return "arrays of up to %d; %s".formatted(arrays.longestArray(), values(elements));
  }

  private static String count(Distinct distinct) {
    return String.format(Locale.ROOT, distinct.exact() ? "%,d" : "about %,d", distinct.count());
  }

  /** The most frequent values and how many of all they are. */
  private static String shares(FieldProfile field) {
    double all = field.distinct().values();
    String shown =
        field.counts().entrySet().stream()
            .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
            .limit(MOST_SHOWN)
            .map(value -> quoted(value.getKey()) + " " + percent(value.getValue() / all))
            .collect(Collectors.joining(", "));
    return shown.isEmpty() ? "" : ": " + shown + (field.counts().size() > MOST_SHOWN ? ", …" : "");
  }

  private static String quoted(String value) {
    int end =
        value.offsetByCodePoints(
            0, Math.min(LONGEST_SHOWN, value.codePointCount(0, value.length())));
    return '"' + Shown.text(value.substring(0, end)) + (end < value.length() ? "…" : "") + '"';
  }
}
