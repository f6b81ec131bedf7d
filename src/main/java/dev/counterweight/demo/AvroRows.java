package dev.counterweight.demo;

import dev.counterweight.protocol.FailureException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.LogicalTypes;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.jspecify.annotations.Nullable;

/** Avro records, binary, of a schema of their own; a missing field is null, as each may be. */
final class AvroRows implements RowFormat {
  private static final String NAME = "[A-Za-z_][A-Za-z0-9_]*";

  private final FieldTree tree;
  private final List<ColumnType> types;
  private final Schema schema;

  /**
   * @throws FailureException if a column's name cannot be a field's
   */
  AvroRows(List<String> names, List<ColumnType> types) {
    this.tree = FieldTree.of(names);
    this.types = types;
    this.schema = record("Event", tree);
  }

  private Schema record(String name, FieldTree tree) {
    List<Schema.Field> fields = new ArrayList<>();
    for (FieldTree field : tree.fields()) {
      if (!field.name().matches(NAME)) {
        throw new FailureException(
            "column name '%s' cannot be that of an Avro field: must be a letter or _, then letters, digits and _; rename it in the header"
                .formatted(field.name()));
      }
      fields.add(
          field.isColumn()
              ? new Schema.Field(
                  field.name(),
                  Schema.createUnion(
                      Schema.create(Schema.Type.NULL), type(types.get(field.column()))),
                  null,
                  Schema.Field.NULL_DEFAULT_VALUE)
              : new Schema.Field(field.name(), record(name + "_" + field.name(), field)));
    }
    return Schema.createRecord(name, null, null, false, fields);
  }

  private static Schema type(ColumnType type) {
    return switch (type) {
      case NUMBER -> Schema.create(Schema.Type.DOUBLE);
      case INTEGER -> Schema.create(Schema.Type.LONG);
      case BOOLEAN -> Schema.create(Schema.Type.BOOLEAN);
      case TEXT -> Schema.create(Schema.Type.STRING);
      case TIME -> LogicalTypes.timestampMillis().addToSchema(Schema.create(Schema.Type.LONG));
    };
  }

  @Override
  public byte[] encode(List<@Nullable String> fields) {
    return binary(new GenericDatumWriter<>(schema), record(tree, schema, fields));
  }

  /** A record in binary, without a frame. */
  static byte[] binary(GenericDatumWriter<GenericRecord> writer, GenericRecord record) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    BinaryEncoder out = EncoderFactory.get().directBinaryEncoder(bytes, null);
    try {
      writer.write(record, out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private GenericRecord record(FieldTree tree, Schema of, List<@Nullable String> fields) {
    GenericRecord record = new GenericData.Record(of);
    for (FieldTree field : tree.fields()) {
      if (field.isColumn()) {
        String value = fields.get(field.column());
        record.put(field.name(), value == null ? null : value(field, value));
      } else {
        record.put(field.name(), record(field, of.getField(field.name()).schema(), fields));
      }
    }
    return record;
  }

  private Object value(FieldTree field, String value) {
    return switch (types.get(field.column())) {
      case NUMBER -> Double.parseDouble(value);
      case INTEGER -> Long.parseLong(value);
      case BOOLEAN -> Boolean.parseBoolean(value);
      case TEXT -> value;
      case TIME -> ColumnType.time(value).toEpochMilli();
    };
  }

  @Override
  public WrittenSchema schema() {
    return new WrittenSchema("AVRO", schema.toString(), new byte[0]);
  }
}
