package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a decoder makes of the schemas of frames, worked out once for each; beyond {@value #MOST} of
 * them the one that was not used for longest is worked out again. Not thread-safe.
 *
 * @param <T> what it makes of a schema
 */
final class SchemaCache<T> {
  static final int MOST = 1_000;

  private final WriterSchemas schemas;
  private final String type;
  private final Function<RegisteredSchema, T> reading;
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
   * @param type that a schema must have, as the registry names it
   * @param reading throws IllegalArgumentException for a schema that is no good
   */
  SchemaCache(WriterSchemas schemas, String type, Function<RegisteredSchema, T> reading) {
    this.schemas = schemas;
    this.type = type;
    this.reading = reading;
  }

  /**
   * What was made of a schema.
   *
   * @throws EventRejectedException {@code UNKNOWN_SCHEMA} if the registry does not know it, or it
   *     is none of this format
   * @throws SchemaUnavailableException if the registry does not answer for now
   */
  T of(SchemaId id) throws EventRejectedException {
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
    RegisteredSchema schema = schemas.schema(id);
    if (!schema.type().equals(type)) {
      return refused(id, "is of type " + Shown.text(schema.type()) + ", not " + type);
    }
    try {
      return new Known<>(reading.apply(schema), null);
    } catch (IllegalArgumentException e) {
      return refused(id, "cannot be read: " + e.getMessage());
    }
  }

  private static <T> Known<T> refused(SchemaId id, String why) {
    return new Known<>(
        null, new EventRejectedException(Reason.UNKNOWN_SCHEMA, "schema " + id + " " + why));
  }
}
