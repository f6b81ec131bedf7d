package dev.counterweight.event;

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
   * Of Protobuf messages.
   *
   * @throws IllegalArgumentException if the origin's file is no schema, or has no such message
   */
  static EventTree protobuf(SchemaOrigin origin) {
    return new ProtobufTree(origin);
  }
}
