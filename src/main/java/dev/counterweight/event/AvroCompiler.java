package dev.counterweight.event;

import java.nio.ByteBuffer;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.Schema.Field;
import org.jspecify.annotations.Nullable;

/** Makes of a schema, and of what is looked for in its values, what reads them. */
final class AvroCompiler {
  private static final long DAY_MS = 86_400_000;

  /** How many of what they count make a millisecond. */
  private static final Map<String, Long> TIMESTAMPS =
      Map.of(
          "timestamp-millis", 1L,
          "timestamp-micros", 1_000L,
          "timestamp-nanos", 1_000_000L,
          "local-timestamp-millis", 1L,
          "local-timestamp-micros", 1_000L,
          "local-timestamp-nanos", 1_000_000L);

  /** Of records passed over; they may lead back to themselves. */
  private final IdentityHashMap<Schema, AvroNode.Record> skipped = new IdentityHashMap<>();

  AvroNode node(Schema schema, AvroFields wanted) {
    return switch (schema.getType()) {
      case UNION ->
          new AvroNode.Union(schema.getTypes().stream().map(s -> node(s, wanted)).toList());
      case RECORD -> record(schema, wanted);
      case ARRAY -> array(schema, wanted);
      case MAP -> {
        Map<String, AvroNode> values = new LinkedHashMap<>();
        wanted
            .members()
            .forEach((key, fields) -> values.put(key, node(schema.getValueType(), fields)));
        yield new AvroNode.Entries(
            wanted.value(), node(schema.getValueType(), AvroFields.NONE), values);
      }
      case NULL -> new AvroNode.Null(wanted);
      default -> scalar(schema, wanted);
    };
  }

  private AvroNode record(Schema schema, AvroFields wanted) {
    AvroNode.Record known = wanted.none() ? skipped.get(schema) : null;
    if (known != null) {
      return known;
    }
    AvroNode.Record made = new AvroNode.Record(wanted.value());
    if (wanted.none()) {
      skipped.put(schema, made);
    }
    List<Field> fields = schema.getFields();
    made.fields(
        fields.stream().map(field -> node(field.schema(), wanted.member(field.name()))).toList());
    return made;
  }

  private AvroNode array(Schema schema, AvroFields wanted) {
    Map<Integer, AvroNode> elements = new LinkedHashMap<>();
    wanted
        .elements()
        .forEach((index, fields) -> elements.put(index, node(schema.getElementType(), fields)));
    return new AvroNode.Array(wanted, node(schema.getElementType(), wanted.items()), elements);
  }

  private static AvroNode scalar(Schema schema, AvroFields wanted) {
    FieldValue value = wanted.value();
    return value == null ? skip(schema) : new AvroNode.Leaf(value, reading(schema));
  }

  private static AvroNode skip(Schema schema) {
    return switch (schema.getType()) {
      case FLOAT -> new AvroNode.Skip(Float.BYTES);
      case DOUBLE -> new AvroNode.Skip(Double.BYTES);
      case FIXED -> new AvroNode.Skip(schema.getFixedSize());
      case BOOLEAN -> new AvroNode.Check(AvroInput::bool);
      case INT -> new AvroNode.Check(AvroInput::integer);
      case LONG -> new AvroNode.Check(AvroInput::whole);
      case ENUM -> {
        int symbols = schema.getEnumSymbols().size();
        yield new AvroNode.Check(in -> in.index(symbols, "symbol"));
      }
      default -> new AvroNode.Check(in -> in.skip(in.length()));
    };
  }

  /** How a scalar of a schema is read. */
  static AvroNode.Scalar reading(Schema schema) {
    return switch (schema.getType()) {
      case BOOLEAN -> (in, to) -> to.bool(in.bool());
      case INT -> integer(schema.getLogicalType());
      case LONG -> whole(schema.getLogicalType());
      case FLOAT -> (in, to) -> to.float32(in.float32());
      case DOUBLE -> (in, to) -> to.float64(in.float64());
      case STRING -> (in, to) -> to.text(in.text(in.length()));
      case ENUM -> enumeration(schema.getEnumSymbols());
      case FIXED -> opaque(schema, schema.getFixedSize());
      default -> opaque(schema, AvroNode.VARIABLE);
    };
  }

  private static AvroNode.Scalar integer(@Nullable LogicalType type) {
    return type instanceof LogicalTypes.Date
        ? (in, to) -> to.instant(in.integer() * DAY_MS)
        : (in, to) -> to.integer(in.integer());
  }

  private static AvroNode.Scalar whole(@Nullable LogicalType type) {
    Long perMs = type == null ? null : TIMESTAMPS.get(type.getName());
    if (type == null || perMs == null) {
      return (in, to) -> to.integer(in.whole());
    }
    return type.getName().startsWith("local")
        ? (in, to) -> to.local(Math.floorDiv(in.whole(), perMs))
        : (in, to) -> to.instant(Math.floorDiv(in.whole(), perMs));
  }

  private static AvroNode.Scalar opaque(Schema schema, int size) {
    LogicalType type = schema.getLogicalType();
    if (type instanceof LogicalTypes.Decimal decimal) {
      return decimal(size, decimal.getScale());
    }
    if (type != null && type.getName().equals("uuid") && size == 2 * Long.BYTES) {
      return uuid();
    }
    return opaque(
        size, type == null ? schema.getType().getName() : "of type '" + type.getName() + "'");
  }

  private static AvroNode.Scalar enumeration(List<String> symbols) {
    return (in, to) -> {
      to.text(symbols.get(in.index(symbols.size(), "symbol")));
    };
  }

  /**
   * @param size of a fixed; negative for bytes
   */
  private static AvroNode.Scalar decimal(int size, int scale) {
    return (in, to) -> {
      int length = size < 0 ? in.length() : size;
      if (length > FieldValue.MAX_DECIMAL_BYTES) {
        in.skip(length);
        to.other(
            "a decimal of %d bytes, of %d at most".formatted(length, FieldValue.MAX_DECIMAL_BYTES));
        return;
      }
      to.decimal(in.bytes(length), scale);
    };
  }

  private static AvroNode.Scalar uuid() {
    return (in, to) -> {
      ByteBuffer bytes = ByteBuffer.wrap(in.bytes(2 * Long.BYTES));
      to.text(new UUID(bytes.getLong(), bytes.getLong()).toString());
    };
  }

  /**
   * @param size of a fixed; negative for bytes
   */
  private static AvroNode.Scalar opaque(int size, String what) {
    return (in, to) -> {
      in.skip(size < 0 ? in.length() : size);
      to.other(what);
    };
  }
}
