package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads an event's time, in the unit that the schema declares, and refuses what is none. */
final class TimeRules {
  /** The last millisecond of the year 9999. */
  private static final long MAX_MS = 253_402_300_799_999L;

  /** The first millisecond of the year 1. */
  private static final long MIN_MS = -62_135_596_800_000L;

  private static final int DATE_LENGTH = 10;
  // Offsets as +02:00, +0200 and +02; a zone in brackets behind it, as Java writes one.
  private static final DateTimeFormatter ISO =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .appendPattern("[XXXXX][XXXX][X]")
          .optionalStart()
          .appendLiteral('[')
          .appendZoneRegionId()
          .appendLiteral(']')
          .toFormatter(Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private final @Nullable String field;
  private final EventTimeUnit unit;
  private final long minMs;
  private final Reason reason;

  TimeRules(EventSchema schema) {
    this.field = schema.time();
    this.unit = schema.timeUnit();
    this.minMs = schema.minTimeMs();
    this.reason = Reason.BAD_TIME;
  }

  /** Of a feature, which may be any time of the calendar. */
  TimeRules(String field, EventTimeUnit unit) {
    this.field = field;
    this.unit = unit;
    this.minMs = MIN_MS;
    this.reason = Reason.BAD_FEATURE;
  }

  /** The time that a number tells. */
  long time(double number, String text) throws EventRejectedException {
    double ms = Math.floor(unit.ms(number) + 1e-3); // 1790000000.123 s is 0.1 us short of it
    if (!(ms >= minMs && ms <= MAX_MS)) {
      throw new EventRejectedException(reason, () -> outOfRange(number, text));
    }
    return (long) ms;
  }

  /** The time that a text tells: a number or ISO 8601. */
  long time(String text) throws EventRejectedException {
    if (Decimal.is(text)) {
      return time(Decimal.parse(text), text.strip());
    }
    long ms;
    try {
      ms = ISO.parse(withT(text.strip()), Instant::from).toEpochMilli();
    } catch (DateTimeException | ArithmeticException e) {
      // The latter: a year that ISO 8601 knows and milliseconds do not.
      throw new EventRejectedException(reason, () -> noTime(text));
    }
    if (ms < minMs || ms > MAX_MS) {
      throw new EventRejectedException(reason, () -> named(text) + limit(ms));
    }
    return ms;
  }

  /** The time that is told in milliseconds since 1970, whatever the unit of numbers is. */
  long instant(long ms) throws EventRejectedException {
    if (ms < minMs || ms > MAX_MS) {
      throw new EventRejectedException(
          reason, () -> named(Instant.ofEpochMilli(ms).toString()) + limit(ms));
    }
    return ms;
  }

  /** The time of an event that has none of its own. */
  long ofRecord(long timestampMs) throws EventRejectedException {
    // Kafka Streams knows no negative timestamps: 0 stands for none in every role.
    if (timestampMs <= 0) {
      throw new EventRejectedException(
          Reason.BAD_TIME, "the record has no timestamp, or 0, and events.time names no field");
    }
    if (timestampMs < minMs) {
      throw new EventRejectedException(
          Reason.BAD_TIME,
          () ->
              "the record's timestamp %d is %s%s"
                  .formatted(timestampMs, Instant.ofEpochMilli(timestampMs), limit(timestampMs)));
    }
    return timestampMs;
  }

  private static String withT(String text) {
    return text.length() > DATE_LENGTH && text.charAt(DATE_LENGTH) == ' '
        ? text.substring(0, DATE_LENGTH) + "T" + text.substring(DATE_LENGTH + 1).replace(" ", "")
        : text;
  }

  private String named(String text) {
    return "time '%s' in field '%s'".formatted(Shown.text(text), field);
  }

  private String outOfRange(double number, String text) {
    double ms = unit.ms(number);
    String what = named(text);
    if (Double.isNaN(ms)) {
      what += ": must be ISO 8601 with offset (events.time.unit=iso)";
    } else if (ms >= Math.min(0, minMs) && ms <= MAX_MS) {
      what += " is %s in %s%s".formatted(Instant.ofEpochMilli((long) ms), unit, limit((long) ms));
    } else {
      what += ": must be %s since 1970, up to the year 9999".formatted(unit);
    }
    return what
        + EventTimeUnit.likely(number)
            .filter(other -> other != unit)
            .map(
                other ->
                    "; in %s it is %s: set events.time.unit=%s"
                        .formatted(other, Instant.ofEpochMilli((long) other.ms(number)), other))
            .orElse("");
  }

  private String limit(long ms) {
    return ms > MAX_MS
        ? ": beyond the year 9999"
        : (reason == Reason.BAD_TIME ? ": before events.min.time=" : ": before ")
            + LocalDate.ofInstant(Instant.ofEpochMilli(minMs), ZoneOffset.UTC);
  }

  private String noTime(String text) {
    String rule =
        unit == EventTimeUnit.ISO
            ? "must be ISO 8601 with offset"
            : "must be " + unit + " since 1970 (events.time.unit) or ISO 8601 with offset";
    return named(text)
        + (hasOffset(text)
            ? ": " + rule + ", such as 2026-09-21T13:00:00Z"
            : ": has no offset: let the producer write Z or +02:00 behind it");
  }

  /** False for a text that is a time but for its offset. */
  private static boolean hasOffset(String text) {
    try {
      DateTimeFormatter.ISO_LOCAL_DATE_TIME.parse(withT(text.strip()));
      return false;
    } catch (DateTimeException e) {
      return true;
    }
  }
}
