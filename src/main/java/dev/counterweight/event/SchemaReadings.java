package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a reader makes of the schema that an event was written by: that of a file, whatever frames
 * say, or the one that the event's frame names. It is worked out once for each; beyond {@value
 * #MOST} of them the one that was not used for longest is worked out again. Not thread-safe.
 *
 * @param <T> what it makes of a schema
 */
final class SchemaReadings<T> {
  static final int MOST = 1_000;

  private final boolean framed;
  private final @Nullable T only;
  private final WriterSchemas registry;
  private final String type;
  private final Function<RegisteredSchema, T> ofRegistered;
  private final Map<SchemaId, Known<T>> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<SchemaId, Known<T>> eldest) {
          return size() > MOST;
        }
      };
  private @Nullable SchemaId last;
  private @Nullable Known<T> lastKnown;

  /** Either of the two is there. */
  private record Known<T>(@Nullable T made, @Nullable EventRejectedException refusal) {}

  /**
   * @param format Avro or Protobuf
   * @param ofRegistered throws IllegalArgumentException for a schema that is no good
   * @throws IllegalArgumentException if there is neither file nor registry, or the file is no
   *     schema
   */
  SchemaReadings(
      SchemaOrigin origin,
      String format,
      Function<SchemaOrigin.SchemaFile, T> ofFile,
      Function<RegisteredSchema, T> ofRegistered) {
    SchemaOrigin.SchemaFile file = origin.file();
    if (file == null && origin.registry() == null) {
      throw new IllegalArgumentException(format + " cannot be read without a schema");
    }
    this.framed = origin.framed();
    this.only = file == null ? null : ofFile.apply(file);
    this.registry = Objects.requireNonNullElse(origin.registry(), WriterSchemas.NONE);
    this.type = format.toUpperCase(Locale.ROOT);
    this.ofRegistered = ofRegistered;
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
   * @throws EventRejectedException {@code UNKNOWN_SCHEMA} if the registry does not know it, or it
   *     is none of this format
   * @throws SchemaUnavailableException if the registry does not answer for now
   */
  T of(@Nullable Frame frame) throws EventRejectedException {
    if (only != null || frame == null) {
      return Objects.requireNonNull(only);
    }
    SchemaId id = frame.schema();
    Known<T> found = lastKnown;
    if (found == null || !id.equals(last)) {
      found = known.get(id);
      if (found == null) {
        found = ask(id);
        known.put(id, found);
      }
      last = id;
      lastKnown = found;
    }
    if (found.made() == null) {
      throw Objects.requireNonNull(found.refusal());
    }
    return found.made();
  }

  private Known<T> ask(SchemaId id) throws EventRejectedException {
    RegisteredSchema schema = registry.schema(id);
    if (!schema.type().equals(type)) {
      return refused(id, "is of type " + Shown.text(schema.type()) + ", not " + type);
    }
    try {
      return new Known<>(ofRegistered.apply(schema), null);
    } catch (IllegalArgumentException e) {
      return refused(id, "cannot be read: " + e.getMessage());
    }
  }

  private static <T> Known<T> refused(SchemaId id, String why) {
    return new Known<>(
        null, new EventRejectedException(Reason.UNKNOWN_SCHEMA, "schema " + id + " " + why));
  }
}
