package dev.counterweight.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A moment as people name it: a time, a day, or how long ago. */
final class Since {
  private static final Pattern AGO = Pattern.compile("([0-9]{1,9})\\s*([smhd])");
  private static final Map<String, Duration> UNITS =
      Map.of(
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));

  private Since() {}

  /** The moment that a text names, as of now; empty if it names none. */
  static Optional<Instant> parse(String text, Instant now) {
    Matcher ago = AGO.matcher(text.strip());
    try {
      if (ago.matches()) {
        Duration unit = UNITS.getOrDefault(ago.group(2), Duration.ZERO);
        return Optional.of(now.minus(unit.multipliedBy(Long.parseLong(ago.group(1)))));
      }
      return Optional.of(
          text.contains("T")
              ? OffsetDateTime.parse(text.strip()).toInstant()
              : LocalDate.parse(text.strip()).atStartOfDay(ZoneOffset.UTC).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }
}
