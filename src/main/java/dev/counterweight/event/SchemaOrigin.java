package dev.counterweight.event;

import org.jspecify.annotations.Nullable;

/**
 * How the schema is found that an event was written by.
 *
 * @param framed whether a {@link Frame frame} names it, in front of each value or in a header
 * @param file one for all events, whatever their frames say; null if there is none
 * @param registry that knows the schemas of frames; null if there is none
 */
public record SchemaOrigin(
    boolean framed, @Nullable SchemaFile file, @Nullable WriterSchemas registry) {
  /** Values that need none: as they are, without a frame. */
  public static final SchemaOrigin NONE = new SchemaOrigin(false, null, null);

  /**
   * A file that holds a schema.
   *
   * @param name for messages
   * @param message of the file's types that of an event; null if it has but one
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record SchemaFile(String name, byte[] bytes, @Nullable String message) {}

  /** Framed values whose schemas a registry knows. */
  public static SchemaOrigin of(WriterSchemas registry) {
    return new SchemaOrigin(true, null, registry);
  }

  /** Plain values, all of one schema. */
  public static SchemaOrigin of(SchemaFile file) {
    return new SchemaOrigin(false, file, null);
  }
}
