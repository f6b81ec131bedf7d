package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The rules every format holds its fields to, so that all of them reject alike. */
final class EventRules {
  /** Sums of it stay finite, under forward decay too, and it fits the 32-bit loss weights. */
  private static final double MAX_IMPORTANCE = 1e30;

  private final EventSchema schema;
  private final List<String> names;
  private final ClassNames classes;
  private final TimeRules times;
  private final @Nullable JoinKey key;
  private final int maxBytes;

  EventRules(EventSchema schema, int maxBytes) {
    this.schema = schema;
    this.maxBytes = maxBytes;
    this.names = schema.features().names();
    this.classes = new ClassNames(label(), schema.classes(), schema.synonyms());
    this.times = new TimeRules(schema);
    this.key = JoinKey.of(schema);
  }

  /** The rules of values that come by themselves: there is no head. */
  static EventRules ofFeatures(FeatureSchema features) {
    return new EventRules(
        EventSchema.ofFeatures(features, List.of("0", "1"), EventSchema.Envelope.NONE),
        Integer.MAX_VALUE);
  }

  private String label() {
    return schema.label() == null ? "" : schema.label();
  }

  int label(String value) throws EventRejectedException {
    if (schema.skipsUnlabelled() && value.isBlank()) {
      throw noLabel(() -> "label '%s' is blank".formatted(label()));
    }
    return classes.index(value);
  }

  /**
   * The class of a label that is a number.
   *
   * @param text as it is written, by which a class is looked for first
   */
  int label(double value, String text) throws EventRejectedException {
    return classes.index(text, FeatureRow.name(value));
  }

  /** An event without a label, which is passed over where that is asked for. */
  EventRejectedException noLabel(Supplier<String> message) {
    return new EventRejectedException(
        schema.skipsUnlabelled() ? Reason.UNLABELLED : Reason.MISSING_LABEL, message);
  }

  /** What events and labels are joined by; null if they are not. */
  @Nullable JoinKey key() {
    return key;
  }

  /** What a decoder answers when it is asked for the join key. */
  byte[] joinKey() {
    if (key == null) {
      throw new IllegalStateException("a schema without a join key");
    }
    return key.bytes();
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
        () -> "feature '%s' is %s: %s".formatted(names.get(index), value, rule));
  }

  EventRejectedException missingFeature(int index, String how) {
    return missingFeature(index, how, () -> "");
  }

  /**
   * @param instead what the event has in its place, if anything
   */
  EventRejectedException missingFeature(int index, String how, Supplier<String> instead) {
    return new EventRejectedException(
        Reason.MISSING_FEATURE,
        () -> {
          String other = instead.get();
          return "feature '%s' %s%s feature.%s.missing may say what that means"
              .formatted(
                  names.get(index),
                  how,
                  other.isEmpty() ? ":" : other + ";",
                  Shown.text(names.get(index)));
        });
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

  /** A value that there is, and that is no longer than allowed; before it is looked into. */
  byte[] present(byte @Nullable [] value) throws EventRejectedException {
    if (value == null) {
      throw new EventRejectedException(Reason.TOMBSTONE, "the record has no value: a tombstone");
    }
    if (value.length == 0) {
      throw empty();
    }
    if (value.length > maxBytes) {
      throw new EventRejectedException(
          Reason.TOO_LARGE,
          "the value is longer than events.max.bytes=%d allows".formatted(maxBytes));
    }
    return value;
  }

  /** A row of features to be read by these rules. */
  FeatureRow row() {
    return new FeatureRow(schema.features(), this);
  }

  static EventRejectedException empty() {
    return new EventRejectedException(Reason.EMPTY, "the record's value is empty");
  }
}
