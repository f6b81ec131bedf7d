package dev.counterweight.config;

import dev.counterweight.event.EventDecoder;
import dev.counterweight.event.EventFormat;
import dev.counterweight.event.EventSchema;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FramedSchemas;
import dev.counterweight.event.WriterSchemas;
import dev.counterweight.protocol.LabelledEvents;
import java.util.List;

/**
 * The user's topic and how to read it.
 *
 * @param start where a new job begins; applied once, by the counter
 * @param maxFutureMs how far beyond now an event time may lie before it is clamped
 * @param maxBytes most bytes of an event's value
 * @param lost what to do when events were deleted before they were counted
 * @param schemas where those come from that events were written by
 * @param labelled whether these are the joiner's records, of which some correct others
 * @param recentLabels whether probabilities are served by how the labels before fell, too
 */
public record EventsConfig(
    String topic,
    EventFormat format,
    Start start,
    EventSchema schema,
    long maxFutureMs,
    int maxBytes,
    Lost lost,
    SchemaConfig schemas,
    boolean labelled,
    boolean recentLabels) {

  /** How much of a key is kept, wherever one is read. */
  public static final int KEPT_KEY_BYTES = 64 << 10;

  /** Plain values that need no schema. */
  public EventsConfig(
      String topic,
      EventFormat format,
      Start start,
      EventSchema schema,
      long maxFutureMs,
      int maxBytes,
      Lost lost) {
    this(
        topic, format, start, schema, maxFutureMs, maxBytes, lost, SchemaConfig.NONE, false, false);
  }

  /** Events of the same form, on another topic. */
  EventsConfig on(String other) {
    return new EventsConfig(
        other, format, start, schema, maxFutureMs, maxBytes, lost, schemas, labelled, recentLabels);
  }

  /**
   * A decoder of these events, for the use of one thread.
   *
   * @param registered the schemas of the registry, where {@link #schemas} has one
   */
  public EventDecoder decoder(WriterSchemas registered) {
    EventDecoder decoder = format.decoder(schema, maxBytes, schemas.origin(registered));
    return labelled ? decoder.with(new LabelledEvents(decoder, schema.classes())) : decoder;
  }

  /**
   * A decoder of these events that reads other features, and nothing else, for the use of one
   * thread.
   *
   * @param classes of the model whose features they are
   */
  public EventDecoder headlessDecoder(
      FeatureSchema features, List<String> classes, WriterSchemas registered) {
    return format.decoder(schema.headless(features, classes), maxBytes, schemas.origin(registered));
  }

  /** What asks for the schemas that these events were written by, for the use of one thread. */
  public FramedSchemas framedSchemas(WriterSchemas registered) {
    return format.framedSchemas(schemas.origin(registered));
  }

  /**
   * How much of a value is kept at least, so that {@link #decoder} can tell one that is too long.
   */
  public int keptBytes() {
    return maxBytes + 1;
  }

  /** Where a new job begins to read. */
  public enum Start {
    EARLIEST,
    LATEST
  }

  /** What to do about events deleted before they were used. */
  public enum Lost {
    FAIL,
    CONTINUE
  }
}
