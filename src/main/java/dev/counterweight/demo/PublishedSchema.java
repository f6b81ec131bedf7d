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
  private PublishedSchema() {}

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
   * Registers the schema of a format, or writes it.
   *
   * @return the format, behind a frame that names its schema where there is a registry
   * @throws FailureException if it cannot be done
   */
  static RowFormat publish(Replay.Options options, RowFormat format) {
    RowFormat.WrittenSchema schema = format.schema();
    if (schema == null) {
      return format;
    }
    write(schema, options.schemaOut());
    RegistryConfig registry = options.registry();
    if (registry == null) {
      return format;
    }
    int id =
        new SchemaRegistration(registry)
            .register(options.topic() + "-value", schema.type(), schema.text());
    byte[] behind = schema.behindId();
    int length = 1 + Integer.BYTES + behind.length;
    return fields -> {
      byte[] plain = format.encode(fields);
      return ByteBuffer.allocate(length + plain.length)
          .put((byte) 0)
          .putInt(id)
          .put(behind)
          .put(plain)
          .array();
    };
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
