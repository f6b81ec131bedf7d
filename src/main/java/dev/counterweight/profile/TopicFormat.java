package dev.counterweight.profile;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.EventSchema.Envelope;
import dev.counterweight.event.EventTree;
import dev.counterweight.event.RawEvent;
import dev.counterweight.event.Value;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** How the values of a topic's records are written. */
public sealed interface TopicFormat {
  /** Magic byte and schema id in front of a value. */
  int FRAME = 5;

  /** The fields of an event; empty where a value is not of this format. */
  default Optional<Value> read(RawEvent event) {
    return Optional.empty();
  }

  /** Paths of values that may be missing though none was, by the schemas of the events read. */
  default Set<String> optional() {
    return Set.of();
  }

  /**
   * JSON objects.
   *
   * @param envelope around each
   * @param framed whether a schema's id stands in front
   */
  record Json(Envelope envelope, boolean framed) implements TopicFormat {
    @Override
    public Optional<Value> read(RawEvent event) {
      return text(event, framed ? FRAME : 0)
          .flatMap(JsonValues::read)
          .filter(Value.Fields.class::isInstance)
          .flatMap(all -> Optional.ofNullable(Envelopes.open(envelope, all)))
          .filter(Value.Fields.class::isInstance);
    }
  }

  /** Rows of CSV, separated by commas. */
  record Csv(CsvValues rows) implements TopicFormat {
    @Override
    public Optional<Value> read(RawEvent event) {
      return text(event, 0).flatMap(rows::read);
    }
  }

  /**
   * 32-bit floats, little-endian.
   *
   * @param count how many; the last of them is the class
   */
  record Float32(int count) implements TopicFormat {
    /** The name that the last one is given. */
    public static final String LABEL = "label";

    @Override
    public Optional<Value> read(RawEvent event) {
      byte[] value = event.value();
      if (value == null || value.length != count * Float.BYTES) {
        return Optional.empty();
      }
      ByteBuffer floats = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
      Map<String, Value> fields = new LinkedHashMap<>();
      for (int i = 1; i < count; i++) {
        float number = floats.getFloat();
        fields.put("f" + i, new Value.Numeral(number, Float.toString(number)));
      }
      float label = floats.getFloat();
      fields.put(LABEL, new Value.Numeral(label, Integer.toString((int) label)));
      return Optional.of(new Value.Fields(fields));
    }
  }

  /**
   * Values written by a schema.
   *
   * @param format as the configuration names it
   * @param framed whether a frame names the schema
   * @param tree reads all of one
   */
  record Typed(String format, Envelope envelope, boolean framed, EventTree tree)
      implements TopicFormat {
    /** The same, with the envelope that most of these events have. */
    public Typed opened(List<RawEvent> events) {
      List<Value> values = events.stream().flatMap(event -> read(event).stream()).toList();
      return new Typed(format, Envelopes.of(values), framed, tree);
    }

    @Override
    public Set<String> optional() {
      return tree.optional(envelope == Envelope.DEBEZIUM ? "after" : "");
    }

    @Override
    public Optional<Value> read(RawEvent event) {
      try {
        return Optional.ofNullable(Envelopes.open(envelope, tree.of(event)))
            .filter(Value.Fields.class::isInstance);
      } catch (EventRejectedException e) {
        return Optional.empty();
      }
    }
  }

  /** Avro or Protobuf behind the id of a schema, which says which. */
  record Framed() implements TopicFormat {}

  /**
   * None that can be told.
   *
   * @param why and what may help
   */
  record Unknown(String why) implements TopicFormat {}

  /** The UTF-8 text from an offset on, a byte order mark passed over; empty if it is none. */
  static Optional<String> text(RawEvent event, int from) {
    byte[] value = event.value();
    if (value == null || value.length <= from) {
      return Optional.empty();
    }
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(value, from, value.length - from))
              .toString();
      return Optional.of(text.startsWith("\uFEFF") ? text.substring(1) : text);
    } catch (CharacterCodingException e) {
      return Optional.empty();
    }
  }
}
