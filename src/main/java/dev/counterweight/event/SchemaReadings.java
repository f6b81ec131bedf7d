package dev.counterweight.event;

import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a reader makes of the schema that an event was written by: that of a file, whatever frames
 * say, or the one that the event's frame names. Not thread-safe.
 *
 * @param <T> what it makes of a schema
 */
final class SchemaReadings<T> {
  private final boolean framed;
  private final @Nullable T only;
  private final @Nullable SchemaCache<T> known;

  /**
   * @param format Avro or Protobuf
   * @throws IllegalArgumentException if there is neither file nor registry, or the file is no
   *     schema
   */
  SchemaReadings(
      SchemaOrigin origin,
      String format,
      Function<SchemaOrigin.SchemaFile, T> ofFile,
      Function<RegisteredSchema, T> ofRegistered) {
    SchemaOrigin.SchemaFile file = origin.file();
    WriterSchemas registry = origin.registry();
    if (file == null && registry == null) {
      throw new IllegalArgumentException(format + " cannot be read without a schema");
    }
    this.framed = origin.framed();
    this.only = file == null ? null : ofFile.apply(file);
    this.known =
        file != null || registry == null
            ? null
            : new SchemaCache<>(registry, format.toUpperCase(Locale.ROOT), ofRegistered);
  }

  /**
   * The frame of an event; null where values are plain.
   *
   * @throws EventRejectedException {@code MALFORMED} if there is none and must be
   */
  @Nullable Frame frame(RawEvent event, byte[] value) throws EventRejectedException {
    return framed ? Frame.of(event, value) : null;
  }

  /**
   * What was made of the schema of an event with this frame.
   *
   * @throws EventRejectedException {@code UNKNOWN_SCHEMA} as {@link SchemaCache#of}
   */
  T of(@Nullable Frame frame) throws EventRejectedException {
    return only != null || frame == null
        ? Objects.requireNonNull(only)
        : Objects.requireNonNull(known).of(frame.schema());
  }
}
