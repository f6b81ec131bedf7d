package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;

/**
 * A value that was found in an event of a typed format, until it is known what it is used for:
 * later ones replace earlier ones, and some are taken back. Not thread-safe.
 */
final class FieldValue {
  private enum Kind {
    NONE,
    BOOL,
    INTEGER,
    FLOAT32,
    FLOAT64,
    TEXT,
    INSTANT,
    /** A day and an hour that nobody says where. */
    LOCAL,
    /** What is no scalar: the text says what it is instead. */
    OTHER
  }

  /** Of a decimal: nobody has more digits, and the conversion of millions takes minutes. */
  static final int MAX_DECIMAL_BYTES = 128;

  private static final String ARRAY = "an array";
  private static final long FAR_SECONDS = 1L << 50;

  private Kind kind = Kind.NONE;
  private long integer;
  private double number;
  private String text = "";

  /** Nothing was found: neither here nor before. */
  void clear() {
    kind = Kind.NONE;
  }

  void bool(boolean value) {
    kind = Kind.BOOL;
    integer = value ? 1 : 0;
  }

  void integer(long value) {
    kind = Kind.INTEGER;
    integer = value;
    number = value;
    text = "";
  }

  /** A whole number from 0 to 2^64-1. */
  void unsigned(long value) {
    integer(value);
    if (value < 0) {
      text = Long.toUnsignedString(value);
      number = Double.parseDouble(text);
    }
  }

  void float32(float value) {
    kind = Kind.FLOAT32;
    number = value;
  }

  void float64(double value) {
    kind = Kind.FLOAT64;
    number = value;
  }

  /** A number of so many decimals, its digits big-endian in two's complement. */
  void decimal(byte[] digits, int scale) {
    BigInteger unscaled = digits.length == 0 ? BigInteger.ZERO : new BigInteger(digits);
    float64(new BigDecimal(unscaled, scale).doubleValue());
  }

  void text(String value) {
    kind = Kind.TEXT;
    text = value;
  }

  /** A point in time, milliseconds since 1970, whatever unit is configured. */
  void instant(long ms) {
    kind = Kind.INSTANT;
    integer = ms;
  }

  /** A point in time, in seconds since 1970 and nanoseconds behind them. */
  void instant(long seconds, int nanos) {
    // Far from what the calendar has, it stays outside of it.
    long within = Math.max(-FAR_SECONDS, Math.min(FAR_SECONDS, seconds));
    instant(within * 1000 + Math.floorDiv(nanos, 1_000_000));
  }

  /** What clocks show somewhere, in milliseconds since they showed the beginning of 1970. */
  void local(long ms) {
    kind = Kind.LOCAL;
    integer = ms;
  }

  /** What another one holds. */
  void copy(FieldValue from) {
    kind = from.kind;
    integer = from.integer;
    number = from.number;
    text = from.text;
  }

  /** Whether nothing was found. */
  boolean none() {
    return kind == Kind.NONE;
  }

  /** Of a whole number: it. */
  long integer() {
    return integer;
  }

  /**
   * @param what is found in place of a value, such as "an object"
   */
  void other(String what) {
    kind = Kind.OTHER;
    text = what;
  }

  /** An array is found in place of a value. */
  void array() {
    other(ARRAY);
  }

  boolean isArray() {
    return kind == Kind.OTHER && text.equals(ARRAY);
  }

  /** Whether there is no value, or one that counts as none. */
  boolean missing() {
    return kind == Kind.NONE
        || (kind == Kind.TEXT && text.isBlank())
        || ((kind == Kind.FLOAT32 || kind == Kind.FLOAT64) && Double.isNaN(number));
  }

  /** How a value is missing, for a message. */
  String how() {
    return switch (kind) {
      case NONE -> "is missing";
      case TEXT -> "is blank";
      default -> "is NaN";
    };
  }

  /** Gives a row the value of a feature, if it is not {@link #missing}. */
  void give(FeatureRow row, int feature, EventRules rules) throws EventRejectedException {
    switch (kind) {
      case BOOL -> row.bool(feature, integer != 0);
      case TEXT -> row.text(feature, text);
      case INSTANT -> row.instant(feature, integer);
      case LOCAL -> row.local(feature, integer);
      case INTEGER -> row.number(feature, number);
      case FLOAT32 -> {
        fit(row, feature, rules);
        row.number(feature, (float) number);
      }
      case FLOAT64 -> {
        fit(row, feature, rules);
        row.number(feature, number);
      }
      default -> throw rules.badFeature(feature, text, "must be a number or a text");
    }
  }

  /** Gives a join key the value, if there {@linkplain #none is one}. */
  void give(JoinKey key) throws EventRejectedException {
    switch (kind) {
      case FLOAT32 -> key.number((float) number);
      case FLOAT64 -> key.number(number);
      case OTHER -> throw key.missing("is " + text);
      // Formats differ in how finely they tell one: two of them may be one here and not there.
      case INSTANT, LOCAL -> throw key.missing("is a point in time");
      default -> key.text(shown());
    }
  }

  private void fit(FeatureRow row, int feature, EventRules rules) throws EventRejectedException {
    if (!row.fits(feature, number)) {
      throw rules.notFinite(feature, shown());
    }
  }

  /** The class that it names: of a number by its text, or by its shortest one. */
  int label(EventRules rules) throws EventRejectedException {
    return switch (kind) {
      case FLOAT32 -> rules.label(number, Float.toString((float) number));
      case FLOAT64 -> rules.label(number, Double.toString(number));
      default -> rules.label(shown());
    };
  }

  /** The time that it tells. */
  long time(TimeRules times) throws EventRejectedException {
    return switch (kind) {
      case INSTANT -> times.instant(integer);
      case INTEGER, FLOAT32, FLOAT64 -> times.time(number, shown());
      default -> times.time(shown());
    };
  }

  double importance(EventRules rules) throws EventRejectedException {
    return switch (kind) {
      case INTEGER, FLOAT32, FLOAT64 -> rules.importance(number, shown());
      default -> rules.importance(shown());
    };
  }

  /** The text of a field that must have one. */
  String scalar(String role, String field, Reason reason) throws EventRejectedException {
    if (kind == Kind.OTHER) {
      throw new EventRejectedException(
          reason,
          () -> "%s field '%s' is %s: must be a text or a number".formatted(role, field, text));
    }
    return shown();
  }

  /** As a text, as a message shows it; empty if nothing was found. */
  String shown() {
    return switch (kind) {
      case NONE -> "";
      case BOOL -> Boolean.toString(integer != 0);
      case INTEGER -> text.isEmpty() ? Long.toString(integer) : text;
      case FLOAT32 -> FeatureRow.name((float) number);
      case FLOAT64 -> FeatureRow.name(number);
      case INSTANT -> Instant.ofEpochMilli(integer).toString();
      case LOCAL -> Instant.ofEpochMilli(integer).toString().replace("Z", "");
      case TEXT, OTHER -> text;
    };
  }

  /** What it is in an event of any format. */
  Value toValue() {
    return switch (kind) {
      case NONE -> new Value.Absent();
      case BOOL -> new Value.Flag(integer != 0);
      case INTEGER, FLOAT32, FLOAT64 -> new Value.Numeral(number, shown());
      case TEXT -> new Value.Text(text);
      case INSTANT -> new Value.Moment(integer, false);
      case LOCAL -> new Value.Moment(integer, true);
      case OTHER -> new Value.Opaque();
    };
  }
}
