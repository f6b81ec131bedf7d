package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.HashMap;
import java.util.Map;

/** The rules every format holds its fields to, so that all of them reject alike. */
final class EventRules {
  /** The last millisecond of the year 9999: anything later is not a time in milliseconds. */
  private static final long MAX_TIME_MS = 253_402_300_799_999L;

  /** Sums of it stay finite, under forward decay too, and it fits the 32-bit loss weights. */
  private static final double MAX_IMPORTANCE = 1e30;

  private static final int SHOWN = 60;

  private final EventSchema schema;
  private final Map<String, Integer> classIndex = new HashMap<>();

  EventRules(EventSchema schema) {
    this.schema = schema;
    for (int c = 0; c < schema.classCount(); c++) {
      classIndex.put(schema.classes().get(c), c);
    }
  }

  int label(String value) throws EventRejectedException {
    Integer index = classIndex.get(value);
    if (index == null) {
      throw new EventRejectedException(
          Reason.UNKNOWN_LABEL,
          "label '%s' in field '%s': not one of events.classes"
              .formatted(shown(value), schema.label()));
    }
    return index;
  }

  float feature(int index, double value) throws EventRejectedException {
    float narrow = (float) value;
    if (!Float.isFinite(narrow)) {
      throw badFeature(index, Double.toString(value), "must be finite as a 32-bit float");
    }
    return narrow;
  }

  float feature(int index, String text) throws EventRejectedException {
    double value;
    try {
      value = Double.parseDouble(text);
    } catch (NumberFormatException e) {
      throw badFeature(index, text, "must be a number");
    }
    return feature(index, value);
  }

  EventRejectedException badFeature(int index, String value, String rule) {
    return new EventRejectedException(
        Reason.BAD_FEATURE,
        "feature '%s' is '%s': %s".formatted(schema.features().get(index), shown(value), rule));
  }

  EventRejectedException missingFeature(int index) {
    return new EventRejectedException(
        Reason.MISSING_FEATURE, "feature '" + schema.features().get(index) + "' is missing");
  }

  long time(double value, String text) throws EventRejectedException {
    if (!(value >= 0 && value <= MAX_TIME_MS)) {
      throw badTime(text);
    }
    return (long) value;
  }

  long time(String text) throws EventRejectedException {
    try {
      return time(Double.parseDouble(text), text);
    } catch (NumberFormatException notANumber) {
      try {
        long timeMs = OffsetDateTime.parse(text).toInstant().toEpochMilli();
        return time(timeMs, text);
      } catch (DateTimeException | ArithmeticException e) {
        // The latter: a year that ISO 8601 knows and milliseconds do not.
        throw badTime(text);
      }
    }
  }

  long recordTime(long recordTimestampMs) throws EventRejectedException {
    // Kafka Streams knows no negative timestamps: 0 stands for none in every role.
    if (recordTimestampMs <= 0) {
      throw new EventRejectedException(
          Reason.BAD_TIME, "the record has no timestamp and events.time names no field");
    }
    return recordTimestampMs;
  }

  private EventRejectedException badTime(String text) {
    return new EventRejectedException(
        Reason.BAD_TIME,
        "time '%s': must be milliseconds since 1970, up to the year 9999, or ISO 8601 with offset"
            .formatted(shown(text)));
  }

  double importance(double value, String text) throws EventRejectedException {
    if (!(value >= 0 && value <= MAX_IMPORTANCE)) {
      throw badImportance(text);
    }
    return value;
  }

  double importance(String text) throws EventRejectedException {
    try {
      return importance(Double.parseDouble(text), text);
    } catch (NumberFormatException e) {
      throw badImportance(text);
    }
  }

  private static EventRejectedException badImportance(String text) {
    return new EventRejectedException(
        Reason.BAD_IMPORTANCE,
        "importance '%s': must be a number from 0 to 1e30".formatted(shown(text)));
  }

  EventRejectedException missingField(Reason reason, String field) {
    return new EventRejectedException(reason, "field '" + field + "' is missing");
  }

  static EventRejectedException empty() {
    return new EventRejectedException(Reason.EMPTY, "the record has no value");
  }

  static String shown(String value) {
    return value.length() <= SHOWN ? value : value.substring(0, SHOWN) + "...";
  }
}
