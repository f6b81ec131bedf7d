package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/** A feature in an event of JSON: gives a row what stands in its field. */
class JsonFeature implements JsonFields.Sink, PlainJson.Sink {
  final int feature;
  final FeatureRow row;
  final EventRules rules;

  private JsonFeature(int feature, FeatureRow row, EventRules rules) {
    this.feature = feature;
    this.row = row;
    this.rules = rules;
  }

  static JsonFeature of(int feature, FeatureRow row, EventRules rules) {
    return row.takesItems(feature)
        ? new Items(feature, row, rules)
        : new JsonFeature(feature, row, rules);
  }

  @Override
  public void value(JsonParser in, JsonToken token) throws IOException, EventRejectedException {
    switch (token) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        if (!number(in)) {
          missing("is NaN");
        }
      }
      case VALUE_TRUE, VALUE_FALSE -> row.bool(feature, token == JsonToken.VALUE_TRUE);
      case VALUE_STRING -> text(in.getText());
      case VALUE_NULL -> missing("is null");
      default -> throw notOfItsKind(token, "must be a number or a text");
    }
  }

  @Override
  public void plain(PlainJson.Found found) throws EventRejectedException {
    JsonToken token = found.token();
    switch (token) {
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        if (!row.fits(feature, found.number())) {
          throw rules.notFinite(feature, found.text());
        }
        row.number(feature, found.number());
      }
      case VALUE_TRUE, VALUE_FALSE -> row.bool(feature, token == JsonToken.VALUE_TRUE);
      case VALUE_STRING -> text(found.text());
      default -> missing("is null");
    }
  }

  @Override
  public void text(String text) throws EventRejectedException {
    if (text.isBlank()) {
      missing("is blank");
    } else {
      row.text(feature, text);
    }
  }

  /** False for NaN. */
  final boolean number(JsonParser in) throws IOException, EventRejectedException {
    double number = in.getDoubleValue();
    if (Double.isNaN(number)) {
      return false;
    }
    if (!row.fits(feature, number)) {
      throw rules.notFinite(feature, in.getText());
    }
    row.number(feature, number);
    return true;
  }

  final void missing(String how) throws EventRejectedException {
    if (!row.missing(feature)) {
      throw rules.missingFeature(feature, how);
    }
  }

  final EventRejectedException notOfItsKind(JsonToken token, String rule) {
    return rules.badFeature(feature, JsonTrouble.kind(token), rule);
  }

  /** A feature of an array; what of it is null, NaN or blank is passed over. */
  private static final class Items extends JsonFeature {
    private boolean any;

    Items(int feature, FeatureRow row, EventRules rules) {
      super(feature, row, rules);
    }

    @Override
    public void value(JsonParser in, JsonToken token) throws EventRejectedException {
      if (token != JsonToken.VALUE_NULL) {
        throw notOfItsKind(token, "must be an array");
      }
      missing("is null");
    }

    @Override
    public boolean takesItems() {
      return true;
    }

    @Override
    public void begin() {
      any = false;
      row.items(feature);
    }

    @Override
    public void item(JsonParser in, JsonToken token) throws IOException, EventRejectedException {
      switch (token) {
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> any |= number(in);
        case VALUE_TRUE, VALUE_FALSE -> {
          row.bool(feature, token == JsonToken.VALUE_TRUE);
          any = true;
        }
        case VALUE_STRING -> {
          String text = in.getText();
          if (!text.isBlank()) {
            row.text(feature, text);
            any = true;
          }
        }
        case VALUE_NULL -> {}
        default ->
            throw rules.badFeature(
                feature,
                "an array with " + JsonTrouble.kind(token) + " in it",
                "must hold numbers or texts");
      }
    }

    @Override
    public void end() throws EventRejectedException {
      if (!any) {
        missing("is an array of nothing");
      }
    }
  }
}
