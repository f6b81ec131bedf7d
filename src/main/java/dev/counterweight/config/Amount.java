package dev.counterweight.config;

import dev.counterweight.event.Decimal;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A number with a unit, as people write it: {@code 100ms}, {@code 1.5 h}, {@code 64 MiB}. */
public enum Amount {
  DURATION(
      "a duration such as 500ms, 1s, 5m, 2h or 7d",
      "ms",
      Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L)),
  SIZE(
      "a size such as 4096, 900 KiB, 64 MiB or 1 GiB",
      "bytes",
      Map.of("", 1L, "b", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30));

  static final String NONE = "none";
  private static final Pattern FORM = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([a-zA-Z]*)");

  private final String rule;
  private final String baseUnit;
  private final Map<String, Long> units;

  Amount(String rule, String baseUnit, Map<String, Long> units) {
    this.rule = rule;
    this.baseUnit = baseUnit;
    this.units = units;
  }

  /** Milliseconds or bytes, or -1 if the text is no such amount. */
  public long parse(String text) {
    if (text.strip().equals("0")) {
      return 0; // of any unit
    }
    Matcher parts = FORM.matcher(text.strip());
    Long unit = parts.matches() ? units.get(parts.group(2).toLowerCase(Locale.ROOT)) : null;
    double amount = unit == null ? -1 : Decimal.parse(parts.group(1)) * unit;
    return amount < 0 || amount > Long.MAX_VALUE / 2.0 ? -1 : Math.round(amount);
  }

  Form<Long> atLeast(long min) {
    return between(min, Long.MAX_VALUE);
  }

  Form<Long> between(long min, long max) {
    return form(min, max, false);
  }

  /** Or the word {@code none}, which reads as 0. */
  Form<Long> orNone(long min, long max) {
    return form(min, max, true);
  }

  private Form<Long> form(long min, long max, boolean orNone) {
    return Form.of(
        rule
            + (min > 0 ? ", at least " + min + " " + baseUnit : "")
            + (max < Long.MAX_VALUE ? ", at most " + max + " " + baseUnit : "")
            + (orNone ? ", or none" : ""),
        text -> {
          if (orNone && text.strip().equals(NONE)) {
            return Optional.of(0L);
          }
          long amount = parse(text);
          return amount < min || amount > max ? Optional.empty() : Optional.of(amount);
        });
  }
}
