package dev.counterweight.inference;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;

/** JSON of strangers, read within bounds. */
final class JsonBody {
  private static final char REPLACEMENT = '\uFFFD';
  private static final int DEPTH = 64;

  // Without a table of names, which would outlive a request and could be filled with names that
  // collide; NaN, which Python writes, stands for a number that is missing.
  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(DEPTH).build())
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private JsonBody() {}

  /** Opens a body. */
  static JsonParser parser(byte[] body) throws IOException, Refusal {
    String text = new String(body, UTF_8);
    if (text.indexOf(REPLACEMENT) >= 0) {
      requireUtf8(body); // it may stand in the text itself
    }
    return JSON.createParser(text.toCharArray());
  }

  private static void requireUtf8(byte[] body) throws Refusal {
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(body));
    } catch (CharacterCodingException e) {
      throw Refusal.bad("the request is not UTF-8");
    }
  }

  static Refusal malformed(JsonProcessingException e) {
    JsonLocation at = e.getLocation();
    return Refusal.bad(
        "the request is no JSON: %s%s"
            .formatted(
                e.getOriginalMessage(),
                at == null
                    ? ""
                    : " (line %d, column %d)".formatted(at.getLineNr(), at.getColumnNr())));
  }

  static String quoted(String text) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
