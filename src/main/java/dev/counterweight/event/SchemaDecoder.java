package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.event.PlacedEvent.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads events of a format whose values have a schema. Of a value only the fields that are needed
 * are read, by the schema that it was written by; others are passed over. Not thread-safe.
 *
 * @param <T> the type of an event, as its schema describes it
 * @param <P> finds fields in events of one type
 */
abstract class SchemaDecoder<T, P extends PlacedEvent.Projection> implements EventDecoder {
  /** Where Debezium puts the row that a change leaves. */
  private static final String AFTER = "after";

  final EventRules rules;
  private final EventSchema schema;
  private final FeatureRow row;
  private final boolean framed;
  private final String nothing;

  /**
   * @param nothing how a change has no event, for a message
   */
  SchemaDecoder(EventSchema schema, EventRules rules, boolean framed, String nothing) {
    this.schema = schema;
    this.rules = rules;
    this.row = rules.row();
    this.framed = framed;
    this.nothing = nothing;
  }

  /** How events of one type are read. */
  final class Reading {
    final T type;
    private final P head;
    private final P body;
    private final PlacedEvent placed;

    Reading(T type) {
      String envelope = schema.envelope() == EventSchema.Envelope.DEBEZIUM ? AFTER : null;
      this.type = type;
      this.head = projection(type, envelope);
      this.body = projection(type, envelope);
      this.placed = new PlacedEvent(schema, rules, head, body);
    }
  }

  /**
   * Looks for fields of a type; called before the format's decoder is made whole.
   *
   * @param envelope the field that every path begins in; null if they begin in the value itself
   */
  abstract P projection(T type, @Nullable String envelope);

  /** Goes to where an event begins, behind its frame. */
  abstract Reading open(RawEvent event) throws EventRejectedException;

  /** Reads the event that was opened. */
  abstract void read(T type, P part, RawEvent event) throws EventRejectedException;

  private Reading read(RawEvent event, boolean head) throws EventRejectedException {
    Reading reading = open(event);
    P part = head ? reading.head : reading.body;
    read(reading.type, part, event);
    if (part.isEmpty()) {
      throw new EventRejectedException(
          Reason.TOMBSTONE, "a change that leaves nothing: " + nothing);
    }
    return reading;
  }

  @Override
  public final EventHead head(RawEvent event) throws EventRejectedException {
    return read(event, true).placed.head(event);
  }

  @Override
  public final byte[] joinKey() {
    return rules.joinKey();
  }

  @Override
  public final void features(RawEvent event, float[] target, int at) throws EventRejectedException {
    read(event, false).placed.features(row, target, at);
  }

  @Override
  public final boolean missing(int feature) {
    return row.wasMissing(feature);
  }

  /** All fields that are looked for, as they stand in an event. */
  final List<Place> places(RawEvent event) throws EventRejectedException {
    read(event, true);
    return read(event, false).placed.places();
  }

  /** What an event that cannot be read looks like, behind the message. */
  final String hint(RawEvent event) {
    byte[] value = event.value();
    if (value == null || value.length == 0) {
      return "";
    }
    if (value[0] == '{') {
      return "; the record looks like JSON: events.format=json reads it";
    }
    return !framed && value[0] == 0
        ? "; it begins with byte 0, as values framed for a schema registry do:"
            + " events.schema.frame=confluent reads those"
        : "";
  }
}
