package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an event that stand in its record's key or headers, of a format whose values hold
 * fields by their place. Not thread-safe.
 */
final class OutsideFields {
  private final EventRules rules;
  private final @Nullable FieldPath label;
  private final @Nullable FieldPath time;
  private final @Nullable FieldPath importance;
  private final @Nullable JoinKey key;
  private final List<Feature> all;
  private final int[] features;
  private final FieldValue value = new FieldValue();

  OutsideFields(EventSchema schema, EventRules rules) {
    this.rules = rules;
    this.label = schema.label() == null ? null : FieldPath.parse(schema.label());
    this.time = schema.time() == null ? null : FieldPath.parse(schema.time());
    this.importance = schema.importance() == null ? null : FieldPath.parse(schema.importance());
    this.key = rules.key();
    this.all = schema.features().features();
    this.features =
        IntStream.range(0, all.size()).filter(f -> RecordText.is(all.get(f).path())).toArray();
  }

  /** The class, of a label outside the value; none where the schema names no label. */
  int label(RawEvent event) throws EventRejectedException {
    if (label == null) {
      return EventHead.NO_LABEL;
    }
    String text = RecordText.of(event, label);
    if (text == null) {
      throw rules.noLabel(() -> missing("label", label));
    }
    return rules.label(text);
  }

  /** The event time, which is the record's if no field is named for it. */
  long timeMs(RawEvent event) throws EventRejectedException {
    return time == null
        ? rules.times().ofRecord(event.timestampMs())
        : rules.times().time(required(event, "time", time, Reason.BAD_TIME));
  }

  /** The importance, 1 if no field is named for it. */
  double importance(RawEvent event) throws EventRejectedException {
    return importance == null
        ? 1
        : rules.importance(required(event, "importance", importance, Reason.BAD_IMPORTANCE));
  }

  /** Takes the join key, if there is one; it stands outside the value. */
  void key(RawEvent event) throws EventRejectedException {
    if (key == null) {
      return;
    }
    if (key.isInValue()) {
      throw key.missing("has no place in the value");
    }
    key.ofRecord(event);
  }

  private static String required(RawEvent event, String role, FieldPath path, Reason reason)
      throws EventRejectedException {
    String text = RecordText.of(event, path);
    if (text == null) {
      throw new EventRejectedException(reason, () -> missing(role, path));
    }
    return text;
  }

  private static String missing(String role, FieldPath path) {
    return "%s '%s' is missing".formatted(role, Shown.text(path.text()));
  }

  /** Gives a row the features that stand outside the value. */
  void features(RawEvent event, FeatureRow row) throws EventRejectedException {
    for (int feature : features) {
      RecordText.read(event, all.get(feature).path(), value);
      if (!value.missing()) {
        value.give(row, feature, rules);
      } else if (!row.missing(feature)) {
        throw rules.missingFeature(feature, value.how());
      }
    }
  }
}
