package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.exc.StreamReadException;
import java.io.IOException;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What is wrong with JSON, in the words of those who write it. */
final class JsonTrouble {
  /** What Jackson says to Java programmers. */
  private static final Pattern FOR_PROGRAMMERS =
      Pattern.compile(
          "(?s), from `[^`]*`|( \\(start marker| \\(enable |: enable |: ?maybe a \\(|\\n"
              + "| at \\[Source).*");

  private JsonTrouble() {}

  /** A value that cannot be read as JSON to its end. */
  static EventRejectedException malformed(byte[] value, IOException e) {
    return EventRules.malformed(value, "not JSON%s: %s".formatted(where(e), why(e)));
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
}
