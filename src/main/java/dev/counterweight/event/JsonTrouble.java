package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
  private static final int MAX_DEPTH = 2;

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

  /** An object's fields by name, in order; a scalar has none. */
  private record Names(Map<String, Names> fields) {
    Names() {
      this(new LinkedHashMap<>());
    }

    /** Name by name, with what the objects in it hold. */
    String shown() {
      List<String> all = new ArrayList<>();
      fields.forEach(
          (name, inner) ->
              all.add(
                  inner.fields.isEmpty()
                      ? name
                      : name + " {" + Shown.names(List.copyOf(inner.fields.keySet())) + "}"));
      return Shown.names(all);
    }

    /** Paths to all fields, those nearest to the top first. */
    List<String> paths() {
      List<String> paths = new ArrayList<>(fields.keySet());
      fields.forEach((name, inner) -> inner.paths().forEach(path -> paths.add(name + "." + path)));
      paths.sort(Comparator.comparingInt(path -> path.split("\\.").length));
      return paths;
    }
  }

  /**
   * Reads an object whose start has been read; what cannot be read is left out, and what is beyond
   * the first many.
   */
  private static Names names(JsonParser in, int deep) {
    Names names = new Names();
    try {
      while (in.nextToken() == JsonToken.FIELD_NAME) {
        String name = in.currentName();
        boolean more = names.fields.size() < MAX_FIELDS;
        if (in.nextToken() == JsonToken.START_OBJECT && more && deep > 0) {
          names.fields.put(name, names(in, deep - 1));
        } else {
          in.skipChildren();
          if (more) {
            names.fields.put(name, new Names());
          }
        }
      }
    } catch (IOException e) {
      // What was found so far will do.
    }
    return names;
  }

  /** What a value has that is not what was asked for. */
  static String has(JsonEnvelope.Opening opening) {
    try (JsonParser in = opening.open()) {
      return ": the value has " + names(in, 1).shown();
    } catch (IOException | EventRejectedException e) {
      return "";
    }
  }

  /**
   * What to say after "is missing", of an object whose start has been read.
   *
   * @param field as its path names it
   * @param key of the configuration that names it
   */
  static String instead(String field, String key, EventSchema.Envelope envelope, JsonParser in) {
    Names value = names(in, MAX_DEPTH);
    Names event = within(value, envelope);
    if (event.fields.isEmpty()) {
      return ": the event has no fields";
    }
    return ": the event has "
        + event.shown()
        + (envelope == EventSchema.Envelope.NONE ? wrapped(field, value) : Optional.<String>empty())
            .or(() -> nested(field, key, event))
            .or(() -> alike(field, event))
            .orElse("");
  }

  private static Names within(Names value, EventSchema.Envelope envelope) {
    if (envelope == EventSchema.Envelope.NONE) {
      return value;
    }
    Names payload = value.fields.getOrDefault("payload", value);
    return envelope == EventSchema.Envelope.CONNECT
        ? payload
        : payload.fields.getOrDefault("after", value);
  }

  /** The envelope that opens to a field. */
  private static Optional<String> wrapped(String field, Names value) {
    Names payload = value.fields.getOrDefault("payload", new Names());
    boolean change = isChange(value, field) || isChange(payload, field);
    boolean connect = value.fields.containsKey("schema") && payload.fields.containsKey(field);
    return change || connect
        ? Optional.of(
            "; it stands in '%s': events.envelope=%s opens that"
                .formatted(change ? "after" : "payload", change ? "debezium" : "connect"))
        : Optional.empty();
  }

  private static boolean isChange(Names value, String field) {
    Names after = value.fields.getOrDefault("after", new Names());
    return value.fields.containsKey("op") && after.fields.containsKey(field);
  }

  private static Optional<String> nested(String field, String key, Names event) {
    String last = field.substring(field.lastIndexOf('.') + 1);
    return event.paths().stream()
        .filter(path -> path.endsWith("." + last))
        .findFirst()
        .map(
            path ->
                "; it stands in '%s': %s=%s reads it there"
                    .formatted(
                        Shown.text(path.substring(0, path.length() - last.length() - 1)),
                        Shown.text(key),
                        Shown.text(path)));
  }

  private static Optional<String> alike(String field, Names event) {
    List<String> paths = event.paths();
    return paths.stream()
        .filter(path -> path.strip().equalsIgnoreCase(field))
        .findFirst()
        .or(() -> Suggestion.closest(field, paths).filter(path -> field.length() > 2))
        .map(path -> "; did you mean '" + Shown.text(path) + "'?");
  }
}
