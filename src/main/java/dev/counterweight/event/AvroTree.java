package dev.counterweight.event;

import dev.counterweight.event.EventRejectedException.Reason;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.apache.avro.LogicalType;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.jspecify.annotations.Nullable;

/** All that stands in a value of Avro's binary encoding, by the rules of {@link AvroDecoder}. */
final class AvroTree implements EventTree {
  /** Values of an event at most: some take no byte, so that their number is bounded by nothing. */
  private static final int MOST_VALUES = 1_000_000;

  private static final int MOST_SCHEMAS = 100;
  private static final int MOST_OPTIONAL = 10_000;
  private static final int DEEPEST = 32;
  private static final long DAY_MS = 86_400_000;

  private final boolean framed;
  private final @Nullable Schema only;
  private final @Nullable SchemaCache<Schema> schemas;
  private final AvroInput in = new AvroInput();
  private final Set<Schema> read = Collections.newSetFromMap(new IdentityHashMap<>());
  private int values;

  AvroTree(SchemaOrigin origin) {
    this.framed = origin.framed();
    SchemaOrigin.SchemaFile file = origin.file();
    WriterSchemas registry = origin.registry();
    this.only = file == null ? null : AvroDecoder.schema(file);
    this.schemas =
        registry == null ? null : new SchemaCache<>(registry, "AVRO", AvroDecoder::schema);
  }

  @Override
  public Value of(RawEvent event) throws EventRejectedException {
    byte[] value = event.value();
    if (value == null) {
      throw new EventRejectedException(Reason.TOMBSTONE, "the record has no value");
    }
    Frame frame = framed ? Frame.of(event, value) : null;
    in.open(value, frame == null ? 0 : frame.start());
    values = 0;
    Schema schema = frame == null || schemas == null ? given() : schemas.of(frame.schema());
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

  private Schema given() {
    if (only == null) {
      throw new IllegalStateException("Avro cannot be read without a schema");
    }
    return only;
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
      case BOOLEAN -> new Value.Flag(in.bool());
      case INT ->
          schema.getLogicalType() instanceof LogicalTypes.Date
              ? new Value.Moment(in.integer() * DAY_MS, false)
              : Value.number(Integer.toString(in.integer()));
      case LONG -> whole(in.whole(), schema.getLogicalType());
      case FLOAT -> float32(in.float32());
      case DOUBLE -> float64(in.float64());
      case STRING -> new Value.Text(in.text(in.length()));
      case ENUM -> new Value.Text(symbol(schema.getEnumSymbols()));
      case FIXED -> bytes(schema, in.bytes(schema.getFixedSize()));
      case BYTES -> bytes(schema, in.bytes(in.length()));
    };
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

  private String symbol(List<String> symbols) throws EventRejectedException {
    return symbols.get(in.index(symbols.size(), "symbol"));
  }

  private static Value whole(long value, @Nullable LogicalType type) {
    if (type instanceof LogicalTypes.TimestampMillis) {
      return new Value.Moment(value, false);
    }
    if (type instanceof LogicalTypes.TimestampMicros) {
      return new Value.Moment(Math.floorDiv(value, 1_000), false);
    }
    if (type instanceof LogicalTypes.TimestampNanos) {
      return new Value.Moment(Math.floorDiv(value, 1_000_000), false);
    }
    if (type instanceof LogicalTypes.LocalTimestampMillis) {
      return new Value.Moment(value, true);
    }
    if (type instanceof LogicalTypes.LocalTimestampMicros) {
      return new Value.Moment(Math.floorDiv(value, 1_000), true);
    }
    if (type instanceof LogicalTypes.LocalTimestampNanos) {
      return new Value.Moment(Math.floorDiv(value, 1_000_000), true);
    }
    return Value.number(Long.toString(value));
  }

  private static Value float32(float value) {
    return new Value.Numeral(value, FeatureRow.name(value));
  }

  private static Value float64(double value) {
    return new Value.Numeral(value, FeatureRow.name(value));
  }

  private static Value bytes(Schema schema, byte[] bytes) {
    LogicalType type = schema.getLogicalType();
    if (type instanceof LogicalTypes.Decimal decimal
        && bytes.length <= AvroNode.MAX_DECIMAL_BYTES) {
      BigInteger unscaled = bytes.length == 0 ? BigInteger.ZERO : new BigInteger(bytes);
      return float64(new BigDecimal(unscaled, decimal.getScale()).doubleValue());
    }
    if (type != null && type.getName().equals("uuid") && bytes.length == 2 * Long.BYTES) {
      ByteBuffer halves = ByteBuffer.wrap(bytes);
      return new Value.Text(new UUID(halves.getLong(), halves.getLong()).toString());
    }
    return new Value.Opaque();
  }
}
