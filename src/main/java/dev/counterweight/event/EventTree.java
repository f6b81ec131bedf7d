package dev.counterweight.event;

import java.util.Set;

/**
 * Reads all that stands in an event, whatever a job may need of it. Slower than an {@link
 * EventDecoder}, for looking at a sample. Not thread-safe.
 */
public interface EventTree {

  /**
   * All of an event's value.
   *
   * @throws EventRejectedException if it cannot be read, is a tombstone, or its schema is not known
   * @throws SchemaUnavailableException if the registry does not answer for now
   */
  Value of(RawEvent event) throws EventRejectedException;

  /**
   * Paths of values that may be missing by the schemas of the events that were read, whether or not
   * one was: some of them, where there are very many.
   *
   * @param within the member whose fields the paths begin with; empty for the whole event
   */
  Set<String> optional(String within);

  /**
   * Of Avro's binary encoding.
   *
   * @throws IllegalArgumentException if the origin's file is no schema
   */
  static EventTree avro(SchemaOrigin origin) {
    return new AvroTree(origin);
  }

  /**
   * Of Protobuf messages.
   *
   * @throws IllegalArgumentException if the origin's file is no schema, or has no such message
   */
  static EventTree protobuf(SchemaOrigin origin) {
    return new ProtobufTree(origin);
  }
}
