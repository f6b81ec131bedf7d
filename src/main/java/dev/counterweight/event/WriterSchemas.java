package dev.counterweight.event;

/**
 * The schemas that events were written by, as their frames name them. Thread-safe.
 *
 * <p>What it answers of an id never changes, but for an id that is not known yet.
 */
public interface WriterSchemas {
  /** Where there is no registry; not to be asked. */
  WriterSchemas NONE =
      id -> {
        throw new IllegalStateException("there is no registry to ask for schema " + id);
      };

  /**
   * The schema of an id; it may be asked for over the network, which takes at most some seconds.
   *
   * @throws EventRejectedException {@code UNKNOWN_SCHEMA} if the registry does not know the id
   * @throws SchemaUnavailableException if the registry does not answer for now
   */
  RegisteredSchema schema(SchemaId id) throws EventRejectedException;
}
