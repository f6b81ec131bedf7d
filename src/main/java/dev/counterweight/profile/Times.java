package dev.counterweight.profile;

import dev.counterweight.event.EventTimeUnit;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Which of a field's values are times, and in which unit. Not thread-safe. */
final class Times {
  private static final Pattern ISO =
      Pattern.compile(
          "\\d{4}-\\d\\d-\\d\\d[T"
              + " ]\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?\\s?(Z|[+-]\\d\\d(:?\\d\\d)?)?(\\[.*])?");
  private static final Pattern DATE = Pattern.compile("\\d{4}-\\d\\d-\\d\\d");

  private final Map<EventTimeUnit, Long> counts = new EnumMap<>(EventTimeUnit.class);
  private long withoutOffset;

  void add(double number) {
    EventTimeUnit.likely(number).ifPresent(unit -> counts.merge(unit, 1L, Long::sum));
  }

  void add(String text) {
    if (text.length() < 10 || text.charAt(4) != '-') {
      return;
    }
    if (DATE.matcher(text).matches()) {
      withoutOffset++;
    } else if (ISO.matcher(text).matches()) {
      if (ISO.matcher(text).replaceFirst("$3").isEmpty()) {
        withoutOffset++;
      } else {
        counts.merge(EventTimeUnit.ISO, 1L, Long::sum);
      }
    }
  }

  /** The unit in which all of so many values are times. */
  Optional<EventTimeUnit> of(long values) {
    return counts.entrySet().stream()
        .filter(unit -> unit.getValue() == values && values > 0)
        .map(Map.Entry::getKey)
        .findFirst();
  }

  /** Whether all of so many values are dates or times that do not say in which zone. */
  boolean lackOffset(long values) {
    return values > 0 && withoutOffset == values;
  }

  /** A number of a unit as people read it. */
  static String shown(double number, EventTimeUnit unit) {
    double ms = unit == EventTimeUnit.ISO ? number : unit.ms(number);
    try {
      return DateTimeFormatter.ISO_INSTANT.format(
          Instant.ofEpochSecond((long) Math.floor(ms / 1000)));
    } catch (DateTimeException e) {
      return Double.toString(number);
    }
  }
}
