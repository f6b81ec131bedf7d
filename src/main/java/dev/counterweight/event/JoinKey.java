package dev.counterweight.event;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.event.EventRejectedException.Reason;
import org.jspecify.annotations.Nullable;

/**
 * The key by which an event and its labels find each other, of the event read last, in one form
 * whatever format it stands in: the record's key as a whole as its bytes are; of any other field
 * the UTF-8 text of its value. Texts are taken as they are; whole numbers as decimal digits; others
 * as a label's text would be, so that 7.0 is 7; true and false as those words. Not thread-safe.
 */
final class JoinKey {
  private final String field;
  private final String setting;
  private final FieldPath path;
  private byte[] bytes = {};

  private JoinKey(String field, String setting) {
    this.field = field;
    this.setting = setting;
    this.path = FieldPath.parse(field);
  }

  /** The one that a schema names; null if it names none. */
  static @Nullable JoinKey of(EventSchema schema) {
    return schema.key() == null ? null : new JoinKey(schema.key(), schema.side() + ".key");
  }

  FieldPath path() {
    return path;
  }

  /** Whether it is the record's key as a whole. */
  boolean isRecordKey() {
    return path.source() == FieldPath.Source.KEY && path.name().isEmpty();
  }

  /** Whether it stands in the record's value. */
  boolean isInValue() {
    return path.source() == FieldPath.Source.VALUE;
  }

  /** Takes it from outside the record's value: a header, or the key as a whole. */
  void ofRecord(RawEvent event) throws EventRejectedException {
    if (!isRecordKey()) {
      text(RecordText.of(event, path));
      return;
    }
    byte @Nullable [] key = event.key();
    if (key == null) {
      throw missing("is missing: the record has no key");
    }
    if (key.length == 0) {
      throw missing("is empty");
    }
    take(key);
  }

  /**
   * @param value null if there is none
   */
  void text(@Nullable String value) throws EventRejectedException {
    if (value == null) {
      throw missing("is missing");
    }
    if (value.isBlank()) {
      throw missing("is blank");
    }
    take(value.getBytes(UTF_8));
  }

  /** A whole number, as it is written. */
  void whole(String digits) throws EventRejectedException {
    text(digits.equals("-0") ? "0" : digits);
  }

  /** A number of 64 bits. */
  void number(double value) throws EventRejectedException {
    text(finite(value) ? FeatureRow.name(value) : null);
  }

  /** A number of 32 bits. */
  void number(float value) throws EventRejectedException {
    text(finite(value) ? FeatureRow.name(value) : null);
  }

  private boolean finite(double value) throws EventRejectedException {
    if (!Double.isFinite(value)) {
      throw missing("is " + value);
    }
    return true;
  }

  private void take(byte[] key) throws EventRejectedException {
    if (key.length > EventSchema.MOST_KEY_BYTES) {
      throw new EventRejectedException(
          Reason.TOO_LARGE,
          () ->
              "join key '%s' has %s: must be at most %d bytes (%s)"
                  .formatted(
                      Shown.text(field),
                      // Of a record's key no more is kept than tells that it is too long.
                      isRecordKey() ? "more" : key.length + " bytes",
                      EventSchema.MOST_KEY_BYTES,
                      setting));
    }
    bytes = key;
  }

  /**
   * @param how it is missing: what follows its name
   */
  EventRejectedException missing(String how) {
    return new EventRejectedException(
        Reason.MISSING_KEY,
        () ->
            "join key '%s' %s; %s must lead to a text or a number in every record"
                .formatted(Shown.text(field), how, setting));
  }

  /** Of the event whose head was read last; shared, and not to be changed. */
  byte[] bytes() {
    return bytes;
  }
}
