package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** All that stands in a value of Avro's binary encoding, by the rules of {@link AvroDecoder}. */
final class AvroTree implements EventTree {
  /** Values of an event at most: some take no byte, so that their number is bounded by nothing. */
  private static final int MOST_VALUES = 1_000_000;

  private static final int MOST_SCHEMAS = 100;
  private static final int MOST_OPTIONAL = 10_000;
  private static final int DEEPEST = 32;

  private final SchemaReadings<Schema> schemas;
  private final AvroInput in = new AvroInput();
  private final Set<Schema> read = Collections.newSetFromMap(new IdentityHashMap<>());
  private int values;

  AvroTree(SchemaOrigin origin) {
    this.schemas = new SchemaReadings<>(origin, "Avro", AvroDecoder::schema, AvroDecoder::schema);
  }

  @Override
  public Value of(RawEvent event) throws EventRejectedException {
    byte[] value = event.value();
    if (value == null) {
      throw new EventRejectedException(Reason.TOMBSTONE, "the record has no value");
    }
    Frame frame = schemas.frame(event, value);
    in.open(value, frame == null ? 0 : frame.start());
    values = 0;
    Schema schema = schemas.of(frame);
    if (read.size() < MOST_SCHEMAS) {
      read.add(schema);
    }
    Value all = read(schema);
    if (in.remaining() > 0) {
      throw in.malformed("%d bytes behind the value".formatted(in.remaining()));
    }
    return all;
  }

  @Override
  public Set<String> optional(String within) {
    Set<String> paths = new LinkedHashSet<>();
    for (Schema schema : read) {
      Schema start = within.isEmpty() ? schema : member(schema, within);
      if (start != null) {
        optional(withoutNull(start), "", false, 0, paths);
      }
    }
    return paths;
  }

  private static @Nullable Schema member(Schema schema, String name) {
    Schema.Field field = schema.getType() == Schema.Type.RECORD ? schema.getField(name) : null;
    return field == null ? null : field.schema();
  }

  /** Of a union with null alone, the other one. */
  private static Schema withoutNull(Schema schema) {
    return schema.getType() != Schema.Type.UNION
        ? schema
        : schema.getTypes().stream()
            .filter(branch -> branch.getType() != Schema.Type.NULL)
            .findFirst()
            .orElse(schema);
  }

  private static void optional(
      Schema schema, String path, boolean missing, int depth, Set<String> to) {
    if (depth > DEEPEST || to.size() >= MOST_OPTIONAL) {
      return;
    }
    if (schema.getType() == Schema.Type.UNION) {
      schema
          .getTypes()
          .forEach(branch -> optional(branch, path, missing || schema.isNullable(), depth + 1, to));
    } else if (schema.getType() == Schema.Type.RECORD) {
      String prefix = path.isEmpty() ? "" : path + ".";
      schema
          .getFields()
          .forEach(f -> optional(f.schema(), prefix + f.name(), missing, depth + 1, to));
    } else if (missing && schema.getType() != Schema.Type.NULL) {
      to.add(path);
    }
  }

  private Value read(Schema schema) throws EventRejectedException {
    if (++values > MOST_VALUES) {
      throw in.malformed("more than " + MOST_VALUES + " values");
    }
    return switch (schema.getType()) {
      case UNION -> read(schema.getTypes().get(in.index(schema.getTypes().size(), "branch")));
      case RECORD -> record(schema);
      case ARRAY -> array(schema.getElementType());
      case MAP -> map(schema.getValueType());
      case NULL -> new Value.Absent();
      default -> scalar(schema);
    };
  }

  private Value scalar(Schema schema) throws EventRejectedException {
    FieldValue value = new FieldValue();
    AvroCompiler.reading(schema).read(in, value);
    return value.toValue();
  }

  private Value record(Schema schema) throws EventRejectedException {
    in.enter();
    Map<String, Value> fields = new LinkedHashMap<>();
    for (Schema.Field field : schema.getFields()) {
      fields.put(field.name(), read(field.schema()));
    }
    in.leave();
    return new Value.Fields(fields);
  }

  private Value array(Schema elements) throws EventRejectedException {
    in.enter();
    List<Value> items = new ArrayList<>();
    for (long block = in.block(); block > 0; block = in.block()) {
      for (long i = 0; i < block; i++) {
        items.add(read(elements));
      }
    }
    in.leave();
    return new Value.Items(items);
  }

  private Value map(Schema held) throws EventRejectedException {
    in.enter();
    Map<String, Value> entries = new LinkedHashMap<>();
    for (long block = in.block(); block > 0; block = in.block()) {
      for (long i = 0; i < block; i++) {
        entries.put(in.text(in.length()), read(held));
      }
    }
    in.leave();
    return new Value.Fields(entries);
  }
}
