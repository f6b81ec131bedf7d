package dev.counterweight.config;

import dev.counterweight.event.SchemaOrigin;
import dev.counterweight.event.WriterSchemas;
import org.jspecify.annotations.Nullable;

/**
 * Where the schemas come from that events were written by.
 *
 * @param registry that knows the schemas of frames; null if there is none
 * @param file one for all events; null if there is none
 * @param framed whether frames stand in front of values, or in a header
 */
public record SchemaConfig(
    @Nullable RegistryConfig registry, SchemaOrigin.@Nullable SchemaFile file, boolean framed) {
  /** Plain values that need no schema. */
  public static final SchemaConfig NONE = new SchemaConfig(null, null, false);

  /**
   * For a decoder.
   *
   * @param registered the schemas of {@link #registry}
   */
  SchemaOrigin origin(WriterSchemas registered) {
    return new SchemaOrigin(framed, file, registry == null ? null : registered);
  }
}
