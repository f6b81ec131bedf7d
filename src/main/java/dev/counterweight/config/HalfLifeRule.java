package dev.counterweight.config;

import dev.counterweight.weights.HalfLife;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigException;
import org.jspecify.annotations.Nullable;

/** How a half-life is written: {@code none}, a duration of event time, or a number of events. */
final class HalfLifeRule {
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

  private HalfLifeRule() {}

  /** The half-life that a text such as {@code 6h} or {@code 100000 events} names, if it does. */
  static Optional<HalfLife> parse(String text) {
    String stripped = text.strip();
    if (stripped.equals(Amount.NONE)) {
      return Optional.of(HalfLife.NONE);
    }
    Matcher events = EVENTS.matcher(stripped);
    boolean byEvents = events.matches();
    long amount =
        byEvents ? Long.parseLong(events.group(1)) : Amount.parse(Amount.Kind.DURATION, stripped);
    return amount < 1
        ? Optional.empty()
        : Optional.of(
            new HalfLife(byEvents ? HalfLife.Unit.EVENTS : HalfLife.Unit.MILLISECONDS, amount));
  }
}
