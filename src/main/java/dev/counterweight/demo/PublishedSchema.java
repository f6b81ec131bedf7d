package dev.counterweight.demo;

import dev.counterweight.config.RegistryConfig;
import dev.counterweight.event.EventFormat;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.KebabCase;
import dev.counterweight.registry.SchemaRegistration;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Takes the schema of events to where their readers find it: to a registry, whose id then stands in
 * a frame, or into a file.
 */
final class PublishedSchema {
  private final Replay.Options options;
  private final RowFormat.@Nullable WrittenSchema schema;

  /**
   * @param schema null if the format has none
   */
  PublishedSchema(Replay.Options options, RowFormat.@Nullable WrittenSchema schema) {
    this.options = options;
    this.schema = schema;
  }

  /**
   * Checks that there is a place for the schema if the format has one, and only then.
   *
   * @throws FailureException if not
   */
  static void check(Replay.Options options) {
    EventFormat format = options.format();
    String name = KebabCase.of(format);
    boolean somewhere = options.registry() != null || options.schemaOut() != null;
    switch (format) {
      case CSV, FLOAT32 -> {
        if (somewhere) {
          throw new FailureException(
              "format %s has no schema to register or write: leave out --schema-registry and --schema-out"
                  .formatted(name));
        }
      }
      case JSON -> {}
      default -> {
        if (!somewhere) {
          throw new FailureException(
              "format %s is read by a schema: --schema-registry registers it, --schema-out writes it into a file"
                  .formatted(name));
        }
      }
    }
  }

  /**
   * Registers the schema, or writes it.
   *
   * @return what stands in front of each value: nothing without a registry
   * @throws FailureException if it cannot be done
   */
  byte[] publish() {
    if (schema == null) {
      return new byte[0];
    }
    write(schema, options.schemaOut());
    RegistryConfig registry = options.registry();
    if (registry == null) {
      return new byte[0];
    }
    int id =
        new SchemaRegistration(registry)
            .register(options.topic() + "-value", schema.type(), schema.text());
    byte[] behind = schema.behindId();
    return ByteBuffer.allocate(1 + Integer.BYTES + behind.length)
        .put((byte) 0)
        .putInt(id)
        .put(behind)
        .array();
  }

  private static void write(RowFormat.WrittenSchema schema, @Nullable Path file) {
    if (file == null) {
      return;
    }
    try {
      Files.writeString(file, schema.text());
    } catch (IOException e) {
      throw new FailureException("cannot write the schema into " + file + ": " + e, e);
    }
  }
}
