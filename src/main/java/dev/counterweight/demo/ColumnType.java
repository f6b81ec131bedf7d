package dev.counterweight.demo;

import dev.counterweight.event.Decimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Locale;

/** What the fields of a column hold, those that are not blank. */
public enum ColumnType {
  /** A finite number. */
  NUMBER("must be a finite number"),
  /** A whole number of 64 bits. */
  INTEGER("must be a whole number of 64 bits"),
  /** True or false. */
  BOOLEAN("must be true or false"),
  /** ISO 8601 with offset, to the millisecond. */
  TIME("must be ISO 8601 with offset, to the millisecond, as 2026-09-21T13:00:00Z"),
  TEXT("may be anything");

  private final String rule;

  ColumnType(String rule) {
    this.rule = rule;
  }

  /** Whether a field that is not blank can be one. */
  boolean holds(String field) {
    return switch (this) {
      case NUMBER -> Decimal.is(field) && Float.isFinite((float) Decimal.parse(field));
      case INTEGER -> field.length() <= 20 && field.matches("[+-]?[0-9]+") && fitsLong(field);
      case BOOLEAN -> field.equalsIgnoreCase("true") || field.equalsIgnoreCase("false");
      case TIME -> isTime(field);
      case TEXT -> true;
    };
  }

  /** What a field has to be, for a message. */
  String rule() {
    return rule;
  }

  /** The time of a field that {@linkplain #holds is} one. */
  static Instant time(String field) {
    return OffsetDateTime.parse(field).toInstant();
  }

  private static boolean isTime(String field) {
    // Most are none: an exception for each of a long file's fields takes its time.
    if (field.length() < "2026-09-21T13:00Z".length() || field.charAt(4) != '-') {
      return false;
    }
    try {
      Instant time = time(field);
      return time.getNano() % 1_000_000 == 0;
    } catch (DateTimeException e) {
      return false;
    }
  }

  private static boolean fitsLong(String field) {
    try {
      Long.parseLong(field);
      return true;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  /** As the command line names it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
