package dev.counterweight.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import dev.counterweight.event.EventRejectedException.Reason;
import java.io.IOException;

/** Opens the JSON objects of records, one after the other. Not thread-safe. */
final class JsonText {
  // Without a table of field names: it outlives an event, and once somebody has filled it with
  // names that collide, events of honest producers cannot be read. NaN, which Python writes, is
  // read where a number may stand, so that the field is named which has it.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(64).build())
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private final boolean framed;
  // Of the object being read. Characters, because Jackson reads bytes fast only with that table.
  private char[] text = {};

  /**
   * @param framed whether a frame of a schema registry stands before each value
   */
  JsonText(boolean framed) {
    this.framed = framed;
  }

  boolean framed() {
    return framed;
  }

  /**
   * The value of an event, from the start of its object on, which has been read.
   *
   * @throws EventRejectedException if it is no object
   */
  JsonParser open(RawEvent event, byte[] value) throws IOException, EventRejectedException {
    int start = framed ? Frame.of(event, value).start() : 0;
    JsonParser in = parser(Utf8Text.of(value, start));
    JsonToken first = in.nextToken();
    if (first != JsonToken.START_OBJECT) {
      String otherwise = JsonTrouble.noObject(first, first == null ? "" : in.getText());
      in.close();
      throw Utf8Text.malformed(value, otherwise);
    }
    return in;
  }

  /** The same of a key. */
  JsonParser openKey(byte[] key) throws IOException, EventRejectedException {
    JsonParser in = parser(Utf8Text.of(key, 0));
    JsonToken first = in.nextToken();
    if (first != JsonToken.START_OBJECT) {
      String what = JsonTrouble.noObject(first, first == null ? "" : in.getText());
      in.close();
      throw new EventRejectedException(Reason.MALFORMED, "the record's key is " + what);
    }
    return in;
  }

  private JsonParser parser(String decoded) throws IOException {
    if (text.length < decoded.length()) {
      text = new char[decoded.length()];
    }
    decoded.getChars(0, decoded.length(), text, 0);
    return JSON.createParser(text, 0, decoded.length());
  }
}
