package dev.counterweight.config;

import dev.counterweight.event.Decimal;
import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** A validator that says its rule in words; absent values are the declaration's business. */
record Rule(String words, Predicate<Object> test) implements ConfigDef.Validator {

  static Rule oneOf(String... values) {
    List<String> allowed = List.of(values);
    return new Rule("one of " + String.join(", ", values), allowed::contains);
  }

  /** A number in (low, high] or [low, high]. */
  static Rule range(double low, boolean lowIncluded, double high) {
    String words =
        (lowIncluded ? "at least " : "above ")
            + number(low)
            + (high == Double.POSITIVE_INFINITY ? "" : " and at most " + number(high));
    return new Rule(
        words,
        value -> {
          double v = ((Number) value).doubleValue();
          return Double.isFinite(v) && (lowIncluded ? v >= low : v > low) && v <= high;
        });
  }

  /** A word, or a number above {@code low} and at most {@code high}. */
  static Rule numberOr(String word, double low, double high) {
    return new Rule(
        word + ", or a number above " + number(low) + " and at most " + number(high),
        value -> {
          String text = value.toString();
          if (!Decimal.is(text)) {
            return text.equals(word);
          }
          double v = Decimal.parse(text);
          return v > low && v <= high;
        });
  }

  static Rule atLeast(double low) {
    return range(low, true, Double.POSITIVE_INFINITY);
  }

  /** A number in [low, high). */
  static Rule below(double low, double high) {
    return new Rule(
        "at least " + number(low) + " and below " + number(high),
        value -> {
          double v = ((Number) value).doubleValue();
          return v >= low && v < high;
        });
  }

  static Rule above(double low) {
    return range(low, false, Double.POSITIVE_INFINITY);
  }

  /** A day from 1970 on. */
  static Rule date() {
    return new Rule(
        "a date from 1970-01-01 on, such as 1990-01-01",
        value -> {
          try {
            // A year of more than four digits would be written with a sign.
            return LocalDate.parse(value.toString()).getYear() >= 1970
                && value.toString().length() == 10;
          } catch (DateTimeException e) {
            return false;
          }
        });
  }

  static Rule matching(String pattern, String words) {
    return new Rule(words, value -> value.toString().matches(pattern));
  }

  /** A name usable in topic names and ids. */
  static Rule name(int maxLength) {
    return new Rule(
        "1 to " + maxLength + " of a-z, A-Z, 0-9, '.', '_' and '-'",
        value -> value.toString().matches("[a-zA-Z0-9._-]{1," + maxLength + "}"));
  }

  /** A list of weights. */
  static Rule weights() {
    return new Rule(
        "a comma-separated list of numbers, each at least 0 and one of them above 0",
        value -> {
          double sum = 0;
          for (Object item : (List<?>) value) {
            double weight = Decimal.is(item.toString()) ? Decimal.parse(item.toString()) : -1;
            if (weight < 0) {
              return false;
            }
            sum += weight;
          }
          return sum > 0 && Double.isFinite(sum);
        });
  }

  /** Host names, each alone, as {@code *.domain} or {@code *}. */
  static Rule hosts() {
    return new Rule(
        "host names without port, *.domain, or *",
        value ->
            ((List<?>) value)
                .stream()
                    .allMatch(host -> host.toString().matches("\\*|(\\*\\.)?[\\p{L}\\d._-]+")));
  }

  static Rule notBlank() {
    return new Rule("a text that is not blank", value -> !value.toString().isBlank());
  }

  /** A list of positive whole numbers. */
  static Rule positiveWholeNumbers() {
    return new Rule(
        "a comma-separated list of whole numbers from 1 to 65536",
        value ->
            ((List<?>) value)
                .stream()
                    .allMatch(
                        item ->
                            item.toString().matches("[1-9][0-9]{0,4}")
                                && Integer.parseInt(item.toString()) <= 65536));
  }

  @Override
  public void ensureValid(String name, @Nullable Object value) {
    if (value != null && !test.test(value)) {
      throw new ConfigException(name, value, "must be " + words);
    }
  }

  @Override
  public String toString() {
    return words;
  }

  static String number(double value) {
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }
}
