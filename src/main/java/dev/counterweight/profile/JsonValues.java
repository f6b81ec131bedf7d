package dev.counterweight.profile;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.counterweight.event.Value;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads JSON as what it holds, by the limits that events are read by. */
final class JsonValues {
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private JsonValues() {}

  /** The value that a text is; empty if it is not one JSON value. */
  static Optional<Value> read(String text) {
    try (JsonParser in = JSON.createParser(text)) {
      if (in.nextToken() == null) {
        return Optional.empty();
      }
      Value value = value(in);
      return in.nextToken() == null ? Optional.of(value) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Value value(JsonParser in) throws IOException {
    JsonToken token = in.currentToken();
    if (token == null) {
      throw new IOException("the text ends within a value");
    }
    return switch (token) {
      case START_OBJECT -> object(in);
      case START_ARRAY -> array(in);
      case VALUE_STRING -> new Value.Text(in.getText());
      case VALUE_TRUE -> new Value.Flag(true);
      case VALUE_FALSE -> new Value.Flag(false);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
          new Value.Numeral(in.getDoubleValue(), in.getText());
      default -> new Value.Absent();
    };
  }

  private static Value object(JsonParser in) throws IOException {
    Map<String, Value> fields = new LinkedHashMap<>();
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String name = in.currentName();
      in.nextToken();
      fields.put(name, value(in));
    }
    return new Value.Fields(fields);
  }

  private static Value array(JsonParser in) throws IOException {
    List<Value> items = new ArrayList<>();
    while (in.nextToken() != JsonToken.END_ARRAY) {
      items.add(value(in));
    }
    return new Value.Items(items);
  }
}
