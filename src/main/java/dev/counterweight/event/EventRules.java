package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;

/** The rules every format holds its fields to, so that all of them reject alike. */
final class EventRules {
  /** Sums of it stay finite, under forward decay too, and it fits the 32-bit loss weights. */
  private static final double MAX_IMPORTANCE = 1e30;

  private final EventSchema schema;
  private final ClassNames classes;
  private final TimeRules times;

  EventRules(EventSchema schema) {
    this.schema = schema;
    this.classes = new ClassNames(schema.label(), schema.classes());
    this.times = new TimeRules(schema);
  }

  int label(String value) throws EventRejectedException {
    return classes.index(value);
  }

  TimeRules times() {
    return times;
  }

  float feature(int index, double value) throws EventRejectedException {
    if (!fits(value)) {
      throw notFinite(index, String.valueOf(value));
    }
    return (float) value;
  }

  /** Whether a number can be a feature. */
  static boolean fits(double value) {
    return Float.isFinite((float) value);
  }

  /** A feature that does not {@link #fits fit}, as it was written: 1e400 is no infinity. */
  EventRejectedException notFinite(int index, String text) {
    return badFeature(index, "'" + Shown.text(text) + "'", "must be finite as a 32-bit float");
  }

  float feature(int index, String text) throws EventRejectedException {
    if (!Decimal.is(text)) {
      throw badFeature(index, "'" + Shown.text(text) + "'", "must be a number");
    }
    double value = Decimal.parse(text);
    if (!fits(value)) {
      throw notFinite(index, text.strip());
    }
    return (float) value;
  }

  /**
   * @param value as the message shows it
   */
  EventRejectedException badFeature(int index, String value, String rule) {
    return new EventRejectedException(
        Reason.BAD_FEATURE,
        () -> "feature '%s' is %s: %s".formatted(schema.features().get(index), value, rule));
  }

  EventRejectedException missingFeature(int index, String how) {
    return new EventRejectedException(
        Reason.MISSING_FEATURE, () -> "feature '" + schema.features().get(index) + "' " + how);
  }

  double importance(double value, String text) throws EventRejectedException {
    if (!(value >= 0 && value <= MAX_IMPORTANCE)) {
      throw new EventRejectedException(
          Reason.BAD_IMPORTANCE,
          () ->
              "importance '%s' in field '%s': must be a number from 0 to 1e30"
                  .formatted(Shown.text(text), schema.importance()));
    }
    return value;
  }

  double importance(String text) throws EventRejectedException {
    return importance(Decimal.is(text) ? Decimal.parse(text) : Double.NaN, text);
  }

  static EventRejectedException empty() {
    return new EventRejectedException(Reason.EMPTY, "the record has no value");
  }

  /** An event that is not of its format at all. */
  static EventRejectedException malformed(byte[] value, String otherwise) {
    return new EventRejectedException(Reason.MALFORMED, () -> Wrapping.of(value).orElse(otherwise));
  }
}
