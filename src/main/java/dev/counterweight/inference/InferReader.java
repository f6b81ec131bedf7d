package dev.counterweight.inference;

import static dev.counterweight.inference.Refusal.bad;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import dev.counterweight.event.PlainAttempts;
import dev.counterweight.event.Shown;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads requests for inference, one after the other. Not thread-safe. */
final class InferReader {
  private final TensorReader tensors = new TensorReader();
  private final PlainInfer plain = new PlainInfer(tensors);
  private final PlainAttempts attempts = new PlainAttempts();

  /**
   * Reads a request, whose values are good until the next is read.
   *
   * @throws Refusal if it is not as the protocol has it
   */
  InferRequest read(byte[] body) throws Refusal {
    InferRequest usual = null;
    if (attempts.isDue()) {
      usual = plain.read(body);
      attempts.tell(usual != null);
    }
    return usual == null ? parse(body) : usual;
  }

  /** The same, whatever it is like. */
  InferRequest parse(byte[] body) throws Refusal {
    tensors.clear();
    try (JsonParser in = JsonBody.parser(body)) {
      if (in.nextToken() != JsonToken.START_OBJECT) {
        throw bad("the request is no JSON object");
      }
      InferRequest request = request(in);
      if (in.nextToken() != null) {
        throw bad("the request is more than one JSON value");
      }
      return request;
    } catch (JsonProcessingException e) {
      throw JsonBody.malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of bytes in memory
    }
  }

  private InferRequest request(JsonParser in) throws IOException, Refusal {
    String id = null;
    Map<String, String> parameters = Map.of();
    List<InputTensor> inputs = null;
    List<String> outputs = null;
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String field = in.currentName();
      JsonToken token = in.nextToken();
      switch (field) {
        case "id" -> id = text(in, token, "id");
        case "parameters" -> parameters = parameters(in, token);
        case "inputs" -> {
          if (inputs != null) {
            throw bad("'inputs' stands twice in the request");
          }
          inputs = inputs(in, token);
        }
        case "outputs" -> outputs = outputs(in, token);
        default -> in.skipChildren();
      }
    }
    if (inputs == null) {
      throw bad("'inputs' is missing: must be an array of at least one tensor");
    }
    return new InferRequest(id, parameters, inputs, tensors.values(), outputs);
  }

  private List<InputTensor> inputs(JsonParser in, JsonToken token) throws IOException, Refusal {
    requireArray(token, "inputs");
    List<InputTensor> inputs = new ArrayList<>();
    while ((token = in.nextToken()) != JsonToken.END_ARRAY) {
      if (token != JsonToken.START_OBJECT) {
        throw bad("inputs[%d] is no object".formatted(inputs.size()));
      }
      inputs.add(tensors.read(in, inputs.size()));
    }
    if (inputs.isEmpty()) {
      throw bad("'inputs' is empty: must be an array of at least one tensor");
    }
    return inputs;
  }

  private static @Nullable List<String> outputs(JsonParser in, JsonToken token)
      throws IOException, Refusal {
    if (token == JsonToken.VALUE_NULL) {
      return null;
    }
    requireArray(token, "outputs");
    List<String> names = new ArrayList<>();
    while ((token = in.nextToken()) != JsonToken.END_ARRAY) {
      String name = token == JsonToken.START_OBJECT ? name(in) : null;
      if (name == null) {
        throw bad("outputs[%d] has no name".formatted(names.size()));
      }
      if (names.contains(name)) {
        throw bad("output '%s' is asked for twice".formatted(Shown.text(name)));
      }
      names.add(name);
    }
    return names.isEmpty() ? null : names;
  }

  private static @Nullable String name(JsonParser in) throws IOException, Refusal {
    String name = null;
    while (in.nextToken() != JsonToken.END_OBJECT) {
      boolean wanted = in.currentName().equals("name");
      JsonToken token = in.nextToken();
      if (wanted) {
        name = text(in, token, "outputs.name");
      } else {
        in.skipChildren();
      }
    }
    return name;
  }

  /** Scalars only, as the protocol has them. */
  private static Map<String, String> parameters(JsonParser in, JsonToken token)
      throws IOException, Refusal {
    if (token == JsonToken.VALUE_NULL) {
      return Map.of();
    }
    if (token != JsonToken.START_OBJECT) {
      throw bad("'parameters' is no object");
    }
    Map<String, String> parameters = new LinkedHashMap<>();
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String name = in.currentName();
      JsonToken value = in.nextToken();
      if (!value.isScalarValue() || value == JsonToken.VALUE_NULL) {
        throw bad(
            "parameter '%s' must be a text, a number, true or false".formatted(Shown.text(name)));
      }
      parameters.put(
          name, value == JsonToken.VALUE_STRING ? JsonBody.quoted(in.getText()) : in.getText());
    }
    return parameters;
  }

  private static void requireArray(JsonToken token, String field) throws Refusal {
    if (token != JsonToken.START_ARRAY) {
      throw bad("'%s' is no array".formatted(field));
    }
  }

  static @Nullable String text(JsonParser in, JsonToken token, String field)
      throws IOException, Refusal {
    if (token == JsonToken.VALUE_NULL) {
      return null;
    }
    if (token != JsonToken.VALUE_STRING) {
      throw bad("'%s' is no text".formatted(field));
    }
    return in.getText();
  }
}
