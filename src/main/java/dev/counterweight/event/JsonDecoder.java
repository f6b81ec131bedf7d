package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.counterweight.event.EventRejectedException.Reason;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A JSON object, or one in an envelope, whose fields hold the features, the label (its text is the
 * class), and, if the schema names them, time, importance and join key; other fields are passed
 * over. The whole value must be well-formed even where only the head is read: a truncated event is
 * rejected whether or not it is ever drawn.
 */
final class JsonDecoder implements EventDecoder {
  private final EventRules rules;
  private final List<Feature> features;
  private final FeatureRow row;
  private final JsonFields head;
  private final JsonFields body;
  private final @Nullable Scalar label;
  private final @Nullable Scalar time;
  private final @Nullable Scalar importance;
  private final @Nullable JoinKey key;
  private final @Nullable Scalar joined;

  /**
   * @param framed whether a frame of a schema registry stands before each value
   */
  JsonDecoder(EventSchema schema, EventRules rules, boolean framed) {
    this.rules = rules;
    this.features = schema.features().features();
    this.row = rules.row();
    JsonText text = new JsonText(framed);
    this.head = new JsonFields(text, schema.envelope());
    this.label = schema.label() == null ? null : scalar("label", schema.label());
    this.time = schema.time() == null ? null : scalar("time", schema.time());
    this.importance =
        schema.importance() == null ? null : scalar("importance", schema.importance());
    this.key = rules.key();
    this.joined = key == null || key.isRecordKey() ? null : scalar("key", key.path().text());
    this.body = new JsonFields(text, schema.envelope());
    for (int i = 0; i < features.size(); i++) {
      body.add(features.get(i).path(), JsonFeature.of(i, row, rules));
    }
  }

  private Scalar scalar(String role, String path) {
    Scalar scalar = new Scalar(role, FieldPath.parse(path));
    head.add(scalar.path, scalar);
    return scalar;
  }

  @Override
  public EventHead head(RawEvent event) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    if (label != null) {
      label.clear();
    }
    if (time != null) {
      time.clear();
    }
    if (importance != null) {
      importance.clear();
    }
    if (joined != null) {
      joined.clear();
    }
    head.read(event, value);
    int index = label == null ? EventHead.NO_LABEL : label(label, event);
    long timeMs =
        time == null ? rules.times().ofRecord(event.timestampMs()) : time(there(time, event));
    double times = importance == null ? 1 : importance(there(importance, event));
    if (key != null) {
      join(key, event);
    }
    return new EventHead(index, timeMs, times);
  }

  @Override
  public byte[] joinKey() {
    return rules.joinKey();
  }

  private void join(JoinKey by, RawEvent event) throws EventRejectedException {
    if (joined == null) {
      by.ofRecord(event);
      return;
    }
    JsonToken token = joined.token;
    if (token == null || token == JsonToken.VALUE_NULL) {
      throw by.missing(token == null ? "is missing" + instead(joined, event) : "is null");
    }
    switch (token) {
      case START_OBJECT, START_ARRAY -> throw by.missing("is " + JsonTrouble.kind(token));
      case VALUE_NUMBER_INT -> by.whole(joined.text);
      case VALUE_NUMBER_FLOAT -> by.number(joined.number);
      default -> by.text(joined.text);
    }
  }

  private int label(Scalar label, RawEvent event) throws EventRejectedException {
    JsonToken token = label.token;
    if (token == null || token == JsonToken.VALUE_NULL) {
      throw rules.noLabel(() -> none(label, token, event));
    }
    label.requireScalar(Reason.MISSING_LABEL);
    return token == JsonToken.VALUE_NUMBER_FLOAT
        ? rules.label(label.number, label.text)
        : rules.label(label.text);
  }

  private Scalar there(Scalar field, RawEvent event) throws EventRejectedException {
    Reason reason = field == time ? Reason.BAD_TIME : Reason.BAD_IMPORTANCE;
    JsonToken token = field.token;
    if (token == null || token == JsonToken.VALUE_NULL) {
      throw new EventRejectedException(reason, () -> none(field, token, event));
    }
    field.requireScalar(reason);
    return field;
  }

  private String none(Scalar field, @Nullable JsonToken found, RawEvent event) {
    return found == null
        ? "%s '%s' is missing%s"
            .formatted(field.role, Shown.text(field.path.text()), instead(field, event))
        : field.message(found);
  }

  private String instead(Scalar field, RawEvent event) {
    return head.instead(event, field.path, "events." + field.role);
  }

  private long time(Scalar field) throws EventRejectedException {
    return field.isNumber()
        ? rules.times().time(field.number, field.text)
        : rules.times().time(field.text);
  }

  private double importance(Scalar field) throws EventRejectedException {
    return field.isNumber()
        ? rules.importance(field.number, field.text)
        : rules.importance(field.text);
  }

  @Override
  public void features(RawEvent event, float[] target, int at) throws EventRejectedException {
    byte[] value = rules.present(event.value());
    row.begin(target, at);
    body.read(event, value);
    int missing = row.end();
    if (missing >= 0) {
      Feature feature = features.get(missing);
      throw rules.missingFeature(
          missing,
          "is missing",
          () -> body.instead(event, feature.path(), "feature." + feature.name() + ".path"));
    }
  }

  @Override
  public boolean missing(int feature) {
    return row.wasMissing(feature);
  }

  /** A field of the head, until all of them have gone by. */
  private static final class Scalar implements JsonFields.Sink, PlainJson.Sink {
    private final String role;
    private final FieldPath path;
    private @Nullable JsonToken token;
    private String text = "";
    private double number;

    Scalar(String role, FieldPath path) {
      this.role = role;
      this.path = path;
    }

    void clear() {
      token = null;
    }

    @Override
    public void value(JsonParser in, JsonToken found) throws IOException {
      token = found;
      text = found.isScalarValue() ? in.getText() : "";
      number = found.isNumeric() ? in.getDoubleValue() : 0;
    }

    @Override
    public void plain(PlainJson.Found found) {
      token = found.token();
      text = found.text();
      number = found.number();
    }

    @Override
    public void text(String found) {
      token = JsonToken.VALUE_STRING;
      text = found;
    }

    boolean isNumber() {
      return token != null && token.isNumeric();
    }

    void requireScalar(Reason reason) throws EventRejectedException {
      JsonToken found = token;
      if (found != null && !found.isScalarValue()) {
        throw new EventRejectedException(reason, () -> message(found));
      }
    }

    private String message(JsonToken found) {
      return "%s field '%s' is %s: must be a text or a number"
          .formatted(role, Shown.text(path.text()), JsonTrouble.kind(found));
    }
  }
}
