package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is made of the values that a typed format's paths lead to: the same for all of these
 * formats. Not thread-safe.
 */
final class PlacedEvent {
  private final EventRules rules;
  private final Projection head;
  private final @Nullable Place label;
  private final @Nullable Place time;
  private final @Nullable Place importance;
  private final @Nullable JoinKey key;
  private final @Nullable Place joined;
  private final Projection body;
  private final List<Place> features = new ArrayList<>();

  /**
   * Where the value of a path is found.
   *
   * @param value what was found, in the event read last
   * @param items the first elements, if it is an array and they were asked for
   * @param known whether the type of the events has such a field
   */
  record Place(FieldPath path, FieldValue value, @Nullable FieldValues items, boolean known) {}

  /** Looks for paths in events of one type. */
  interface Projection {
    /**
     * Looks for a path from now on.
     *
     * @param items how many elements of an array are kept
     */
    Place add(FieldPath path, int items);

    /** Whether the envelope of the event read last holds nothing. */
    boolean isEmpty();

    /** What a message tells of a missing field behind its name, if the type has no such field. */
    String hint(Place place);
  }

  /**
   * @param head receives the paths of label, time, importance and join key
   * @param body receives those of the features
   */
  PlacedEvent(EventSchema schema, EventRules rules, Projection head, Projection body) {
    this.rules = rules;
    this.head = head;
    this.body = body;
    this.label = place(schema.label());
    this.time = place(schema.time());
    this.importance = place(schema.importance());
    this.key = rules.key();
    this.joined = key == null || key.isRecordKey() ? null : place(schema.key());
    for (Feature feature : schema.features().features()) {
      int items = feature.type() instanceof Feature.Categories many ? many.items() : 0;
      features.add(body.add(feature.path(), items));
    }
  }

  private @Nullable Place place(@Nullable String path) {
    return path == null ? null : head.add(FieldPath.parse(path), 0);
  }

  /** Everything that is looked for: label, time, importance, join key, then the features. */
  List<Place> places() {
    List<Place> places = new ArrayList<>();
    Stream.of(label, time, importance, joined).filter(Objects::nonNull).forEach(places::add);
    places.addAll(features);
    return places;
  }

  /** The head of the event whose head was read last. */
  EventHead head(RawEvent event) throws EventRejectedException {
    EventHead read = new EventHead(label(), time(event), importance());
    if (key != null) {
      join(key, event);
    }
    return read;
  }

  private int label() throws EventRejectedException {
    if (label == null) {
      return EventHead.NO_LABEL;
    }
    Place place = label;
    FieldValue named = place.value();
    if (named.none()) {
      throw rules.noLabel(() -> none("label", place));
    }
    named.scalar("label", label.path().text(), Reason.MISSING_LABEL);
    return named.label(rules);
  }

  private void join(JoinKey by, RawEvent event) throws EventRejectedException {
    if (joined == null) {
      by.ofRecord(event);
    } else if (joined.value().none()) {
      throw by.missing("is missing" + head.hint(joined));
    } else {
      joined.value().give(by);
    }
  }

  private long time(RawEvent event) throws EventRejectedException {
    if (time == null) {
      return rules.times().ofRecord(event.timestampMs());
    }
    FieldValue value = there(time, "time", Reason.BAD_TIME);
    value.scalar("time", time.path().text(), Reason.BAD_TIME);
    return value.time(rules.times());
  }

  private double importance() throws EventRejectedException {
    if (importance == null) {
      return 1;
    }
    FieldValue value = there(importance, "importance", Reason.BAD_IMPORTANCE);
    value.scalar("importance", importance.path().text(), Reason.BAD_IMPORTANCE);
    return value.importance(rules);
  }

  private FieldValue there(Place place, String role, Reason reason) throws EventRejectedException {
    if (place.value().none()) {
      throw new EventRejectedException(reason, () -> none(role, place));
    }
    return place.value();
  }

  private String none(String role, Place place) {
    return "%s '%s' is missing%s".formatted(role, place.path(), head.hint(place));
  }

  /** Gives a row the features of the event whose body was read last. */
  void features(FeatureRow row, float[] target, int at) throws EventRejectedException {
    row.begin(target, at);
    for (int f = 0; f < features.size(); f++) {
      Place place = features.get(f);
      if (row.takesItems(f)) {
        items(row, f, place);
      } else if (place.value().missing()) {
        missing(row, f, place.value().how(), place);
      } else {
        place.value().give(row, f, rules);
      }
    }
  }

  private void items(FeatureRow row, int feature, Place place) throws EventRejectedException {
    FieldValues items = place.items();
    if (!place.value().missing() && (items == null || !place.value().isArray())) {
      throw rules.badFeature(
          feature, "'" + Shown.text(place.value().shown()) + "'", "must be an array");
    }
    boolean any = false;
    for (int i = 0; items != null && i < items.count(); i++) {
      if (items.get(i).missing()) {
        continue;
      }
      if (!any) {
        row.items(feature);
        any = true;
      }
      items.get(i).give(row, feature, rules);
    }
    if (!any) {
      missing(row, feature, items == null ? "is missing" : "is empty", place);
    }
  }

  private void missing(FeatureRow row, int feature, String how, Place place)
      throws EventRejectedException {
    if (!row.missing(feature)) {
      throw rules.missingFeature(feature, how + body.hint(place));
    }
  }
}
