package dev.counterweight.config;

import dev.counterweight.event.Decimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * A number with a unit, as people write it: {@code 100ms}, {@code 1.5 h}, {@code 64 MiB}.
 *
 * <p>As a validator it accepts amounts from {@code min} to {@code max}, and the word {@code none}
 * where {@code noneAllowed}, which reads as 0.
 */
public record Amount(Kind kind, long min, long max, boolean noneAllowed)
    implements ConfigDef.Validator {

  /** What is measured, the unit results are in, and the units understood. */
  public enum Kind {
    DURATION(
        "a duration such as 500ms, 1s, 5m, 2h or 7d",
        "ms",
        Map.of("ms", 1L, "s", 1000L, "m", 60_000L, "h", 3_600_000L, "d", 86_400_000L)),
    SIZE(
        "a size such as 4096, 900 KiB, 64 MiB or 1 GiB",
        "bytes",
        Map.of("", 1L, "b", 1L, "kib", 1L << 10, "mib", 1L << 20, "gib", 1L << 30));

    private final String rule;
    private final String baseUnit;
    private final Map<String, Long> units;

    Kind(String rule, String baseUnit, Map<String, Long> units) {
      this.rule = rule;
      this.baseUnit = baseUnit;
      this.units = units;
    }
  }

  public static final String NONE = "none";
  private static final Pattern FORM = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*([a-zA-Z]*)");

  static Amount duration(long minMs) {
    return new Amount(Kind.DURATION, minMs, Long.MAX_VALUE, false);
  }

  static Amount size(long minBytes) {
    return new Amount(Kind.SIZE, minBytes, Long.MAX_VALUE, false);
  }

  Amount orNone() {
    return new Amount(kind, min, max, true);
  }

  Amount atMost(long most) {
    return new Amount(kind, min, most, noneAllowed);
  }

  /** Milliseconds or bytes, or -1 if the text is no such amount. */
  public static long parse(Kind kind, String text) {
    if (text.strip().equals(NONE)) {
      return 0;
    }
    Matcher parts = FORM.matcher(text.strip());
    if (!parts.matches()) {
      return -1;
    }
    Long unit = kind.units.get(parts.group(2).toLowerCase(Locale.ROOT));
    double amount = unit == null ? -1 : Decimal.parse(parts.group(1)) * unit;
    return amount < 0 || amount > Long.MAX_VALUE / 2.0 ? -1 : Math.round(amount);
  }

  @Override
  public void ensureValid(String name, @Nullable Object value) {
    if (value == null) {
      return; // required or defaulted: the declaration says so
    }
    String text = value.toString();
    boolean none = text.strip().equals(NONE);
    long amount = parse(kind, text);
    if (none ? !noneAllowed : amount < min || amount > max) {
      throw new ConfigException(name, value, "must be " + this);
    }
  }

  @Override
  public String toString() {
    return kind.rule
        + (min > 0 ? ", at least " + min + " " + kind.baseUnit : "")
        + (max < Long.MAX_VALUE ? ", at most " + max + " " + kind.baseUnit : "")
        + (noneAllowed ? ", or none" : "");
  }
}
