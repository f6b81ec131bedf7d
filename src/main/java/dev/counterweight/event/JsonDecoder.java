package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.counterweight.event.EventRejectedException.Reason;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object whose fields hold the features (numbers), the label (its text is the class), and,
 * if the schema names them, time and importance; other fields are passed over. The whole object
 * must be well-formed even where only the head is read: a truncated event is rejected whether or
 * not it is ever drawn.
 */
final class JsonDecoder implements EventDecoder {
  // Without a table of field names: it outlives an event, and once somebody has filled it with
  // names that collide, events of honest producers cannot be read.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .build();

  private final EventSchema schema;
  private final EventRules rules;
  private final Map<String, Integer> featureIndex = new HashMap<>();
  // The event in which each feature was last seen, so that nothing is cleared between events.
  private final long[] seenIn;
  private long eventNumber;
  // Of the event being read. Characters, because Jackson reads bytes fast only with that table.
  private char[] text = {};

  JsonDecoder(EventSchema schema) {
    this.schema = schema;
    this.rules = new EventRules(schema);
    for (int i = 0; i < schema.featureCount(); i++) {
      featureIndex.put(schema.features().get(i), i);
    }
    this.seenIn = new long[schema.featureCount()];
  }

  @Override
  public EventHead head(byte @Nullable [] value, long recordTimestampMs)
      throws EventRejectedException {
    if (value == null || value.length == 0) {
      throw EventRules.empty();
    }
    int label = -1;
    long timeMs = -1;
    double importance = schema.importance() == null ? 1 : -1;
    try (JsonParser in = open(value)) {
      while (in.nextToken() != JsonToken.END_OBJECT) {
        String field = in.currentName();
        JsonToken token = in.nextToken();
        if (field.equals(schema.label())) {
          label = label(in, token);
        } else if (field.equals(schema.time())) {
          timeMs =
              token.isNumeric()
                  ? rules.time(in.getDoubleValue(), in.getText())
                  : rules.time(in.getText());
        } else if (field.equals(schema.importance())) {
          importance = importance(in, token);
        } else {
          in.skipChildren();
        }
      }
      requireEnd(in);
    } catch (IOException e) {
      throw malformed(e);
    }
    if (label < 0) {
      throw rules.missingField(Reason.MISSING_LABEL, schema.label());
    }
    if (schema.time() == null) {
      timeMs = rules.recordTime(recordTimestampMs);
    } else if (timeMs < 0) {
      throw rules.missingField(Reason.BAD_TIME, schema.time());
    }
    if (importance < 0) {
      throw rules.missingField(Reason.BAD_IMPORTANCE, String.valueOf(schema.importance()));
    }
    return new EventHead(label, timeMs, importance);
  }

  @Override
  public void features(byte[] value, float[] target, int at) throws EventRejectedException {
    long event = ++eventNumber;
    int found = 0;
    try (JsonParser in = open(value)) {
      while (in.nextToken() != JsonToken.END_OBJECT) {
        Integer index = featureIndex.get(in.currentName());
        JsonToken token = in.nextToken();
        if (index == null) {
          in.skipChildren();
        } else if (!token.isNumeric()) {
          throw rules.badFeature(index, in.getText(), "must be a number");
        } else {
          target[at + index] = rules.feature(index, in.getDoubleValue());
          found += seenIn[index] == event ? 0 : 1;
          seenIn[index] = event;
        }
      }
    } catch (IOException e) {
      throw malformed(e);
    }
    if (found < seenIn.length) {
      throw firstMissing(event);
    }
  }

  private EventRejectedException firstMissing(long event) {
    int missing = 0;
    while (seenIn[missing] == event) {
      missing++;
    }
    return rules.missingFeature(missing);
  }

  private int label(JsonParser in, JsonToken token) throws IOException, EventRejectedException {
    if (token == JsonToken.VALUE_NULL || !token.isScalarValue()) {
      throw new EventRejectedException(
          Reason.MISSING_LABEL,
          "field '" + schema.label() + "' is no label: must be a text, a number or a boolean");
    }
    return rules.label(in.getText());
  }

  private double importance(JsonParser in, JsonToken token)
      throws IOException, EventRejectedException {
    return token.isNumeric()
        ? rules.importance(in.getDoubleValue(), in.getText())
        : rules.importance(in.getText());
  }

  private JsonParser open(byte[] value) throws IOException, EventRejectedException {
    String decoded = Utf8Text.of(value);
    if (text.length < decoded.length()) {
      text = new char[decoded.length()];
    }
    decoded.getChars(0, decoded.length(), text, 0);
    JsonParser in = JSON.createParser(text, 0, decoded.length());
    if (in.nextToken() != JsonToken.START_OBJECT) {
      in.close();
      throw new EventRejectedException(Reason.MALFORMED, "not a JSON object");
    }
    return in;
  }

  private static void requireEnd(JsonParser in) throws IOException, EventRejectedException {
    if (in.nextToken() != null) {
      throw new EventRejectedException(Reason.MALFORMED, "more than one JSON value in the record");
    }
  }

  private static EventRejectedException malformed(IOException e) {
    String message = e.getMessage() == null ? e.toString() : e.getMessage();
    return new EventRejectedException(
        Reason.MALFORMED, "not JSON: " + EventRules.shown(message.lines().findFirst().orElse("")));
  }
}
