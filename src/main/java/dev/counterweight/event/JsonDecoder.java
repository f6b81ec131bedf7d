package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.counterweight.event.EventRejectedException.Reason;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A JSON object whose fields hold the features (numbers), the label (its text is the class), and,
 * if the schema names them, time and importance; other fields are passed over. The whole object
 * must be well-formed even where only the head is read: a truncated event is rejected whether or
 * not it is ever drawn.
 */
final class JsonDecoder implements EventDecoder {
  // Without a table of field names: it outlives an event, and once somebody has filled it with
  // names that collide, events of honest producers cannot be read. NaN, which Python writes, is
  // read where a number may stand, so that the field is named which has it.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final EventSchema schema;
  private final EventRules rules;
  private final Map<String, Integer> featureIndex = new HashMap<>();
  private final FeatureRow row;
  // Of the event being read. Characters, because Jackson reads bytes fast only with that table.
  private char[] text = {};

  JsonDecoder(EventSchema schema, EventRules rules) {
    this.schema = schema;
    this.rules = rules;
    List<String> names = schema.features().names();
    for (int i = 0; i < names.size(); i++) {
      featureIndex.put(names.get(i), i);
    }
    this.row = rules.row();
  }

  @Override
  public EventHead head(RawEvent event) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    int label = -1;
    long timeMs = -1;
    double importance = schema.importance() == null ? 1 : -1;
    try (JsonParser in = open(value)) {
      while (in.nextToken() != JsonToken.END_OBJECT) {
        String field = in.currentName();
        JsonToken token = in.nextToken();
        if (field.equals(schema.label())) {
          label = rules.label(scalar(in, token, "label", Reason.MISSING_LABEL));
        } else if (field.equals(schema.time())) {
          timeMs = time(in, token);
        } else if (field.equals(schema.importance())) {
          importance = importance(in, token);
        } else {
          in.skipChildren();
        }
      }
      requireEnd(in);
    } catch (IOException e) {
      throw JsonTrouble.malformed(value, e);
    }
    if (label < 0) {
      throw missing(value, "label", schema.label(), Reason.MISSING_LABEL);
    }
    if (schema.time() == null) {
      timeMs = rules.times().ofRecord(event.timestampMs());
    } else if (timeMs < 0) {
      throw missing(value, "time", schema.time(), Reason.BAD_TIME);
    }
    if (importance < 0) {
      throw missing(
          value, "importance", String.valueOf(schema.importance()), Reason.BAD_IMPORTANCE);
    }
    return new EventHead(label, timeMs, importance);
  }

  @Override
  public void features(RawEvent event, float[] target, int at) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    row.begin(target, at);
    try (JsonParser in = open(value)) {
      while (in.nextToken() != JsonToken.END_OBJECT) {
        Integer index = featureIndex.get(in.currentName());
        JsonToken token = in.nextToken();
        if (index == null) {
          in.skipChildren();
        } else {
          feature(in, token, index);
        }
      }
    } catch (IOException e) {
      throw JsonTrouble.malformed(value, e);
    }
    int missing = row.end();
    if (missing >= 0) {
      throw missing(
          value, "feature", schema.features().names().get(missing), Reason.MISSING_FEATURE);
    }
  }

  @Override
  public boolean missing(int feature) {
    return row.wasMissing(feature);
  }

  private void feature(JsonParser in, JsonToken token, int index)
      throws IOException, EventRejectedException {
    switch (token) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(in, index);
      case VALUE_TRUE, VALUE_FALSE -> row.bool(index, token == JsonToken.VALUE_TRUE);
      case VALUE_STRING -> {
        String text = in.getText();
        if (text.isBlank()) {
          missing(index, "is blank");
        } else {
          row.text(index, text);
        }
      }
      case VALUE_NULL -> missing(index, "is null");
      default ->
          throw rules.badFeature(index, JsonTrouble.kind(token), "must be a number or a text");
    }
  }

  private void number(JsonParser in, int index) throws IOException, EventRejectedException {
    double number = in.getDoubleValue();
    if (Double.isNaN(number)) {
      missing(index, "is NaN");
    } else if (!row.fits(index, number)) {
      throw rules.notFinite(index, in.getText());
    } else {
      row.number(index, number);
    }
  }

  private void missing(int index, String how) throws EventRejectedException {
    if (!row.missing(index)) {
      throw rules.missingFeature(index, how);
    }
  }

  private long time(JsonParser in, JsonToken token) throws IOException, EventRejectedException {
    String shown = scalar(in, token, "time", Reason.BAD_TIME);
    return token.isNumeric()
        ? rules.times().time(in.getDoubleValue(), shown)
        : rules.times().time(shown);
  }

  private double importance(JsonParser in, JsonToken token)
      throws IOException, EventRejectedException {
    String shown = scalar(in, token, "importance", Reason.BAD_IMPORTANCE);
    return token.isNumeric()
        ? rules.importance(in.getDoubleValue(), shown)
        : rules.importance(shown);
  }

  /** The text of a field that must have one. */
  private static String scalar(JsonParser in, JsonToken token, String role, Reason reason)
      throws IOException, EventRejectedException {
    if (token == JsonToken.VALUE_NULL || !token.isScalarValue()) {
      String field = in.currentName();
      throw new EventRejectedException(
          reason,
          () ->
              "%s field '%s' is %s: must be a text or a number"
                  .formatted(role, field, JsonTrouble.kind(token)));
    }
    return in.getText();
  }

  private EventRejectedException missing(byte[] value, String role, String field, Reason reason) {
    return new EventRejectedException(
        reason, () -> role + " '" + field + "' is missing" + insteadOf(field, value));
  }

  private String insteadOf(String field, byte[] value) {
    try {
      return JsonTrouble.insteadOf(field, open(value));
    } catch (IOException | EventRejectedException e) {
      throw new IllegalStateException("an object that was read before", e);
    }
  }

  private JsonParser open(byte[] value) throws IOException, EventRejectedException {
    String decoded = Utf8Text.of(value);
    if (text.length < decoded.length()) {
      text = new char[decoded.length()];
    }
    decoded.getChars(0, decoded.length(), text, 0);
    JsonParser in = JSON.createParser(text, 0, decoded.length());
    JsonToken first = in.nextToken();
    if (first != JsonToken.START_OBJECT) {
      String otherwise = JsonTrouble.noObject(first, first == null ? "" : in.getText());
      in.close();
      throw Utf8Text.malformed(value, otherwise);
    }
    return in;
  }

  private static void requireEnd(JsonParser in) throws IOException, EventRejectedException {
    if (in.nextToken() != null) {
      throw new EventRejectedException(Reason.MALFORMED, "more than one JSON value in the record");
    }
  }
}
