package dev.counterweight.config;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Typed access to parsed values. */
record Values(Map<String, Object> parsed) {
  boolean has(String key) {
    return parsed.get(key) != null;
  }

  String text(String key) {
    return String.valueOf(parsed.get(key));
  }

  double real(String key) {
    return number(key).doubleValue();
  }

  long whole(String key) {
    return number(key).longValue();
  }

  private Number number(String key) {
    if (parsed.get(key) instanceof Number number) {
      return number;
    }
    throw new IllegalStateException(key + " is no number");
  }

  boolean flag(String key) {
    return Boolean.TRUE.equals(parsed.get(key));
  }

  List<String> list(String key) {
    return parsed.get(key) instanceof List<?> items
        ? items.stream().map(Object::toString).toList()
        : List.of();
  }

  /** A list of names, as {@link NameList} reads it. */
  List<String> names(String key) {
    return NameList.parse(text(key))
        .orElseThrow(() -> new IllegalStateException(key + " is no list of names"));
  }

  /** The first moment of a date, in UTC. */
  long dateMs(String key) {
    return LocalDate.parse(text(key)).atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
  }

  long durationMs(String key) {
    return Amount.parse(Amount.Kind.DURATION, text(key));
  }

  long bytes(String key) {
    return Amount.parse(Amount.Kind.SIZE, text(key));
  }

  <E extends Enum<E>> E choice(String key, Class<E> type) {
    return Enum.valueOf(type, text(key).toUpperCase(Locale.ROOT).replace('-', '_'));
  }
}
