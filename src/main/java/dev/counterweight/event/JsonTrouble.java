package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with JSON, in the words of those who write it. */
final class JsonTrouble {
  /** What Jackson says to Java programmers. */
  private static final Pattern FOR_PROGRAMMERS =
      Pattern.compile(
          "(?s), from `[^`]*`|( \\(start marker| \\(enable |: enable |: ?maybe a \\(|\\n"
              + "| at \\[Source).*");

  private static final int MAX_FIELDS = 100;

  private JsonTrouble() {}

  /** A value that cannot be read as JSON to its end. */
  static EventRejectedException malformed(byte[] value, IOException e) {
    return Utf8Text.malformed(value, "not JSON%s: %s".formatted(where(e), why(e)));
  }

  /** A kind of value, as a sentence names it. */
  static String kind(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "an object";
      case START_ARRAY -> "an array";
      case VALUE_NULL -> "null";
      case VALUE_STRING -> "a text";
      case VALUE_TRUE, VALUE_FALSE -> "true or false";
      default -> "a number";
    };
  }

  /** Why a value is no object, by its first token. */
  static String noObject(@Nullable JsonToken first, String text) {
    if (first == null) {
      return "not a JSON object: nothing but blanks";
    }
    if (first == JsonToken.VALUE_STRING && text.stripLeading().startsWith("{")) {
      return "not a JSON object but a JSON text that holds one: the producer encodes its events"
          + " twice";
    }
    return "not a JSON object but "
        + kind(first)
        + (first == JsonToken.START_ARRAY ? ": one record must hold one event" : "");
  }

  private static String where(IOException e) {
    StringBuilder where = new StringBuilder();
    if (e instanceof StreamReadException read
        && read.getProcessor() != null
        && read.getProcessor().getParsingContext().getCurrentName() != null) {
      JsonParser in = read.getProcessor();
      where
          .append(" in field '")
          .append(Shown.text(in.getParsingContext().getCurrentName()))
          .append('\'');
    }
    if (e instanceof JsonProcessingException known
        && known.getLocation() != null
        && known.getLocation().getCharOffset() >= 0) {
      where.append(" at character ").append(known.getLocation().getCharOffset());
    }
    return where.toString();
  }

  private static String why(IOException e) {
    String message =
        e instanceof JsonProcessingException known ? known.getOriginalMessage() : e.getMessage();
    return Shown.text(
        FOR_PROGRAMMERS.matcher(message == null ? e.toString() : message).replaceAll(""));
  }

  /**
   * The names of an object's fields, in order, each with those of the object that it holds; what
   * cannot be read is left out.
   */
  private static Map<String, List<String>> fields(JsonParser in) {
    Map<String, List<String>> names = new LinkedHashMap<>();
    try (in) {
      while (in.nextToken() == JsonToken.FIELD_NAME && names.size() < MAX_FIELDS) {
        List<String> inner = names.computeIfAbsent(in.currentName(), name -> new ArrayList<>());
        if (in.nextToken() == JsonToken.START_OBJECT) {
          while (in.nextToken() == JsonToken.FIELD_NAME) {
            if (inner.size() < MAX_FIELDS) {
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
    return names;
  }

  /** What to say after "is missing", of an object whose start has been read. */
  static String insteadOf(String field, JsonParser in) {
    Map<String, List<String>> names = fields(in);
    if (names.isEmpty()) {
      return ": the event has no fields";
    }
    List<String> shown = new ArrayList<>();
    names.forEach(
        (name, inner) ->
            shown.add(inner.isEmpty() ? name : name + " {" + Shown.names(inner) + "}"));
    return ": the event has " + Shown.names(shown) + hint(field, names);
  }

  private static String hint(String field, Map<String, List<String>> names) {
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
