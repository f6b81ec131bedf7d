package dev.counterweight.config;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/**
 * After how much event time, or how many events, a counted event counts half.
 *
 * @param amount milliseconds or events, at least 1; 0 for {@link Unit#NONE}
 */
public record HalfLife(Unit unit, long amount) {

  /** What a half-life is measured in. */
  public enum Unit {
    /** Events never fade. */
    NONE,
    MILLISECONDS,
    EVENTS
  }

  /** Events never fade. */
  public static final HalfLife NONE = new HalfLife(Unit.NONE, 0);

  private static final Pattern EVENTS = Pattern.compile("([0-9]{1,18})\\s*events?");

  static final ConfigDef.Validator RULE =
      new ConfigDef.Validator() {
        @Override
        public void ensureValid(String name, @Nullable Object value) {
          if (value != null && parse(value.toString()).isEmpty()) {
            throw new ConfigException(name, value, "must be " + this);
          }
        }

        @Override
        public String toString() {
          return "none, a duration of at least 1 ms such as 6h or 7d, or a number of events of at"
              + " least 1 such as 100000 events";
        }
      };

  public HalfLife {
    if (unit == Unit.NONE ? amount != 0 : amount < 1) {
      throw new IllegalArgumentException(
          "counts.half.life=%d %s: must be at least 1".formatted(amount, unit));
    }
  }

  /**
   * The amount as {@code counts.half.life.ms} or {@code counts.half.life.events}; empty if none.
   */
  public Map<String, Double> parameters() {
    return switch (unit) {
      case NONE -> Map.of();
      case MILLISECONDS -> Map.of(CounterKeys.COUNTS_HALF_LIFE + ".ms", (double) amount);
      case EVENTS -> Map.of(CounterKeys.COUNTS_HALF_LIFE + ".events", (double) amount);
    };
  }

  /** The half-life that a text such as {@code 6h} or {@code 100000 events} names, if it does. */
  static Optional<HalfLife> parse(String text) {
    String stripped = text.strip();
    if (stripped.equals(Amount.NONE)) {
      return Optional.of(NONE);
    }
    Matcher events = EVENTS.matcher(stripped);
    boolean byEvents = events.matches();
    long amount =
        byEvents ? Long.parseLong(events.group(1)) : Amount.parse(Amount.Kind.DURATION, stripped);
    return amount < 1
        ? Optional.empty()
        : Optional.of(new HalfLife(byEvents ? Unit.EVENTS : Unit.MILLISECONDS, amount));
  }
}
