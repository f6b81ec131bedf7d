package dev.counterweight.event;

import org.jspecify.annotations.Nullable;

/**
 * Sees to it that the schema is known which an event was written by, before the event is decoded:
 * whoever takes events in can wait for a registry, whoever decodes them cannot. Not thread-safe.
 */
public final class FramedSchemas {
  private final @Nullable WriterSchemas registry;
  private @Nullable SchemaId last;

  FramedSchemas(@Nullable WriterSchemas registry) {
    this.registry = registry;
  }

  /**
   * Asks for the schema of an event if it must be.
   *
   * @throws SchemaUnavailableException if the registry does not answer for now
   */
  public void require(RawEvent event) {
    byte[] value = event.value();
    if (registry == null || value == null || value.length == 0) {
      return;
    }
    try {
      SchemaId id = Frame.of(event, value).schema();
      if (!id.equals(last)) {
        registry.schema(id);
        last = id;
      }
    } catch (EventRejectedException e) {
      // Whoever decodes it says so of the event.
      last = null;
    }
  }
}
