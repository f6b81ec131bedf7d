package dev.counterweight.demo;

import com.google.protobuf.CodedOutputStream;
import dev.counterweight.protocol.FailureException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Protobuf messages of a schema of their own: fields are numbered as the columns come, and all
 * optional, so that zero and missing are two things; a missing field is left out.
 */
final class ProtobufRows implements RowFormat {
  private static final String NAME = "[A-Za-z][A-Za-z0-9_]*";

  /** A frame's word for the first message of the schema. */
  private static final byte[] FIRST_MESSAGE = {0};

  private final FieldTree tree;
  private final List<ColumnType> types;

  /**
   * @throws FailureException if a column's name cannot be a field's
   */
  ProtobufRows(List<String> names, List<ColumnType> types) {
    this.tree = FieldTree.of(names);
    this.types = types;
    check(tree);
  }

  private static void check(FieldTree tree) {
    Set<String> types = new HashSet<>();
    for (FieldTree field : tree.fields()) {
      if (!field.isColumn() && !types.add(typeName(field))) {
        throw new FailureException(
            "column names begin with '%s' in upper and lower case: of Protobuf they need to differ otherwise; rename one in the header"
                .formatted(field.name()));
      }
      if (!field.name().matches(NAME)) {
        throw new FailureException(
            "column name '%s' cannot be that of a Protobuf field: must be a letter, then letters, digits and _; rename it in the header"
                .formatted(field.name()));
      }
      check(field);
    }
  }

  @Override
  public byte[] encode(List<@Nullable String> fields) {
    try {
      return message(tree, fields);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] message(FieldTree tree, List<@Nullable String> fields) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    for (int i = 0; i < tree.fields().size(); i++) {
      FieldTree field = tree.fields().get(i);
      if (!field.isColumn()) {
        out.writeByteArray(i + 1, message(field, fields));
        continue;
      }
      String value = fields.get(field.column());
      if (value != null) {
        write(out, i + 1, types.get(field.column()), value);
      }
    }
    out.flush();
    return bytes.toByteArray();
  }

  private static void write(CodedOutputStream out, int number, ColumnType type, String value)
      throws IOException {
    switch (type) {
      case NUMBER -> out.writeDouble(number, Double.parseDouble(value));
      case INTEGER -> out.writeInt64(number, Long.parseLong(value));
      case BOOLEAN -> out.writeBool(number, Boolean.parseBoolean(value));
      case TEXT -> out.writeString(number, value);
      case TIME -> out.writeByteArray(number, timestamp(ColumnType.time(value)));
    }
  }

  private static byte[] timestamp(Instant time) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeInt64(1, time.getEpochSecond());
    out.writeInt32(2, time.getNano());
    out.flush();
    return bytes.toByteArray();
  }

  @Override
  public WrittenSchema schema() {
    StringBuilder text = new StringBuilder("syntax = \"proto3\";\n");
    if (types.contains(ColumnType.TIME)) {
      text.append("import \"google/protobuf/timestamp.proto\";\n");
    }
    message(text, "", "Event", tree);
    return new WrittenSchema("PROTOBUF", text.toString(), FIRST_MESSAGE);
  }

  private void message(StringBuilder text, String indent, String name, FieldTree tree) {
    text.append("\n%smessage %s {\n".formatted(indent, name));
    for (int i = 0; i < tree.fields().size(); i++) {
      FieldTree field = tree.fields().get(i);
      String type = field.isColumn() ? type(types.get(field.column())) : typeName(field);
      boolean message = !field.isColumn() || types.get(field.column()) == ColumnType.TIME;
      text.append(
          "%s  %s%s %s = %d;\n"
              .formatted(indent, message ? "" : "optional ", type, field.name(), i + 1));
    }
    for (FieldTree field : tree.fields()) {
      if (!field.isColumn()) {
        message(text, indent + "  ", typeName(field), field);
      }
    }
    text.append(indent).append("}\n");
  }

  private static String typeName(FieldTree field) {
    return field.name().substring(0, 1).toUpperCase(Locale.ROOT)
        + field.name().substring(1)
        + "Fields";
  }

  private static String type(ColumnType type) {
    return switch (type) {
      case NUMBER -> "double";
      case INTEGER -> "int64";
      case BOOLEAN -> "bool";
      case TEXT -> "string";
      case TIME -> "google.protobuf.Timestamp";
    };
  }
}
