package dev.counterweight.demo;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** JSON objects; a missing field is null. */
final class JsonRows implements RowFormat {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final FieldTree tree;
  private final List<ColumnType> types;

  JsonRows(List<String> names, List<ColumnType> types) {
    this.tree = FieldTree.of(names);
    this.types = types;
  }

  @Override
  public byte[] encode(List<@Nullable String> fields) {
    try {
      return JSON.writeValueAsBytes(object(tree, fields));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private ObjectNode object(FieldTree tree, List<@Nullable String> fields) {
    ObjectNode object = JSON.createObjectNode();
    for (FieldTree field : tree.fields()) {
      if (field.isColumn()) {
        put(object, field, fields.get(field.column()));
      } else {
        object.set(field.name(), object(field, fields));
      }
    }
    return object;
  }

  private void put(ObjectNode object, FieldTree field, @Nullable String value) {
    if (value == null) {
      object.putNull(field.name());
      return;
    }
    switch (types.get(field.column())) {
      case NUMBER, INTEGER -> object.put(field.name(), new BigDecimal(value));
      case BOOLEAN -> object.put(field.name(), Boolean.parseBoolean(value));
      case TIME, TEXT -> object.put(field.name(), value);
    }
  }

  @Override
  public WrittenSchema schema() {
    return new WrittenSchema("JSON", schema(tree).toString(), new byte[0]);
  }

  private ObjectNode schema(FieldTree tree) {
    ObjectNode object = JSON.createObjectNode().put("type", "object");
    ObjectNode properties = object.putObject("properties");
    for (FieldTree field : tree.fields()) {
      if (!field.isColumn()) {
        properties.set(field.name(), schema(field));
        continue;
      }
      String type =
          switch (types.get(field.column())) {
            case NUMBER, INTEGER -> "number";
            case BOOLEAN -> "boolean";
            case TIME, TEXT -> "string";
          };
      properties.putObject(field.name()).putArray("type").add("null").add(type);
    }
    return object;
  }
}
