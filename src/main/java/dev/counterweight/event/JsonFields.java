package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a JSON object has, for the message about what it has not.
 *
 * @param names of its fields, in order, each with those of the object that it holds
 */
record JsonFields(Map<String, List<String>> names) {
  private static final int MOST = 100;

  /** Reads the names of an object whose start has been read; what cannot be read is left out. */
  static JsonFields of(JsonParser in) {
    Map<String, List<String>> names = new LinkedHashMap<>();
    try (in) {
      while (in.nextToken() == JsonToken.FIELD_NAME && names.size() < MOST) {
        List<String> inner = names.computeIfAbsent(in.currentName(), name -> new ArrayList<>());
        if (in.nextToken() == JsonToken.START_OBJECT) {
          while (in.nextToken() == JsonToken.FIELD_NAME) {
            if (inner.size() < MOST) {
              inner.add(in.currentName());
            }
            in.nextToken();
            in.skipChildren();
          }
        } else {
          in.skipChildren();
        }
      }
    } catch (IOException e) {
      // What was found so far will do.
    }
    return new JsonFields(names);
  }

  /** What to say after "is missing". */
  String insteadOf(String field) {
    if (names.isEmpty()) {
      return ": the event has no fields";
    }
    List<String> shown = new ArrayList<>();
    names.forEach(
        (name, inner) ->
            shown.add(inner.isEmpty() ? name : name + " {" + Shown.names(inner) + "}"));
    return ": the event has " + Shown.names(shown) + hint(field);
  }

  private String hint(String field) {
    for (Map.Entry<String, List<String>> outer : names.entrySet()) {
      if (outer.getValue().contains(field)) {
        return "; it stands inside '%s', and nested fields are not read: let the producer write it at the top"
            .formatted(Shown.text(outer.getKey()));
      }
    }
    return names.keySet().stream()
        .filter(name -> name.strip().equalsIgnoreCase(field))
        .findFirst()
        .or(() -> Suggestion.closest(field, names.keySet()).filter(name -> field.length() > 2))
        .map(name -> "; did you mean '" + Shown.text(name) + "'?")
        .orElse("");
  }
}
