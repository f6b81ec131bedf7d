package dev.counterweight.inference;

import static dev.counterweight.inference.Refusal.bad;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.counterweight.event.Shown;
import dev.counterweight.inference.TensorValues.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request's tensors, whose fields may come in any order, and holds their elements to shape
 * and datatype. Data is flat, in row-major order, or nested as the shape is. Not thread-safe.
 */
final class TensorReader {
  static final int MAX_DIMENSIONS = 8;
  private static final long UNKNOWN = -1;

  private final TensorValues values = new TensorValues();
  // The depth at which the data has its elements; -1 before the first.
  private int leaves;

  /** Forgets the values of the request before. */
  void clear() {
    values.clear();
  }

  TensorValues values() {
    return values;
  }

  /** Reads a tensor whose object has begun. */
  InputTensor read(JsonParser in, int index) throws IOException, Refusal {
    String name = null;
    String datatype = null;
    List<Long> shape = null;
    List<Long> nested = null;
    int first = values.size();
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String field = in.currentName();
      JsonToken token = in.nextToken();
      switch (field) {
        case "name" -> name = InferReader.text(in, token, "inputs.name");
        case "datatype" -> datatype = InferReader.text(in, token, "inputs.datatype");
        case "shape" -> shape = shape(in, token, index);
        case "data" -> nested = data(in, token, index, nested);
        case "parameters" -> parameters(in, token, index);
        default -> in.skipChildren();
      }
    }
    return tensor(index, name, datatype, shape, nested, first);
  }

  /**
   * A tensor whose elements are the values from {@code first} on.
   *
   * @param nested what its data was nested as; null if there was none
   */
  InputTensor tensor(
      int index,
      @Nullable String name,
      @Nullable String datatype,
      @Nullable List<Long> shape,
      @Nullable List<Long> nested,
      int first)
      throws Refusal {
    if (name == null || datatype == null || shape == null || nested == null) {
      String missing =
          name == null ? "name" : datatype == null ? "datatype" : shape == null ? "shape" : "data";
      throw bad("inputs[%d] has no %s".formatted(index, missing));
    }
    Datatype type = Datatype.of(datatype);
    if (type == null) {
      throw bad(
          "inputs[%d].datatype '%s': must be one of %s"
              .formatted(index, Shown.text(datatype), Arrays.toString(Datatype.values())));
    }
    InputTensor tensor = new InputTensor(name, shape, type, first, values.size() - first);
    requireShape(tensor, nested);
    requireType(tensor);
    return tensor;
  }

  private static void requireShape(InputTensor tensor, List<Long> found) throws Refusal {
    long elements = 1;
    for (long dimension : tensor.shape()) {
      elements =
          dimension > Integer.MAX_VALUE ? Long.MAX_VALUE : Math.min(elements * dimension, 1L << 32);
    }
    boolean flat = found.size() == 1 && found.get(0) == elements;
    if (!flat && !found.equals(tensor.shape())) {
      throw bad(
          "%s has shape %s, but data of shape %s"
              .formatted(
                  tensor.shown(), InputTensor.shown(tensor.shape()), InputTensor.shown(found)));
    }
  }

  private void requireType(InputTensor tensor) throws Refusal {
    for (int i = tensor.first(); i < tensor.first() + tensor.count(); i++) {
      Kind kind = values.kind(i);
      String broken = kind == Kind.NULL ? null : tensor.datatype().broken(kind, values.number(i));
      if (broken != null) {
        throw bad(
            "%s: element %d is %s: %s as a %s"
                .formatted(
                    tensor.shown(),
                    i - tensor.first(),
                    values.shown(i),
                    broken,
                    tensor.datatype()));
      }
    }
  }

  private static List<Long> shape(JsonParser in, JsonToken token, int index)
      throws IOException, Refusal {
    List<Long> shape = new ArrayList<>();
    boolean right = token == JsonToken.START_ARRAY;
    while (right && (token = in.nextToken()) != JsonToken.END_ARRAY) {
      right =
          token == JsonToken.VALUE_NUMBER_INT
              && in.getNumberType() != JsonParser.NumberType.BIG_INTEGER
              && in.getLongValue() >= 0
              && shape.size() < MAX_DIMENSIONS;
      if (right) {
        shape.add(in.getLongValue());
      }
    }
    if (!right || shape.isEmpty()) {
      throw bad(
          "inputs[%d].shape must be an array of 1 to %d whole numbers of at least 0"
              .formatted(index, MAX_DIMENSIONS));
    }
    return shape;
  }

  /** What the data is nested as, whose elements it reads. */
  private List<Long> data(JsonParser in, JsonToken token, int index, @Nullable List<Long> before)
      throws IOException, Refusal {
    if (token != JsonToken.START_ARRAY) {
      throw bad("inputs[%d].data is no array".formatted(index));
    }
    if (before != null) {
      throw bad("inputs[%d].data stands twice".formatted(index));
    }
    List<Long> lengths = new ArrayList<>();
    leaves = -1;
    array(in, 0, lengths, index);
    return lengths;
  }

  /** Reads an array that has begun; every one of a depth is as long as the first. */
  private void array(JsonParser in, int depth, List<Long> lengths, int index)
      throws IOException, Refusal {
    if (depth == lengths.size()) {
      lengths.add(UNKNOWN);
    }
    long length = 0;
    JsonToken token;
    while ((token = in.nextToken()) != JsonToken.END_ARRAY) {
      if (token == JsonToken.START_ARRAY) {
        if (leaves == depth || depth + 1 == MAX_DIMENSIONS) {
          throw uneven(index);
        }
        array(in, depth + 1, lengths, index);
      } else {
        if (lengths.size() > depth + 1) {
          throw uneven(index);
        }
        leaves = depth;
        element(in, token, index);
      }
      length++;
    }
    if (lengths.get(depth) == UNKNOWN) {
      lengths.set(depth, length);
    } else if (lengths.get(depth) != length) {
      throw uneven(index);
    }
  }

  private static Refusal uneven(int index) {
    return bad("inputs[%d].data is nested unevenly: must be as its shape says".formatted(index));
  }

  private void element(JsonParser in, JsonToken token, int index) throws IOException, Refusal {
    switch (token) {
      case VALUE_NUMBER_INT -> values.add(Kind.WHOLE, in.getDoubleValue());
      case VALUE_NUMBER_FLOAT -> {
        double number = in.getDoubleValue();
        values.add(Double.isNaN(number) ? Kind.NULL : Kind.NUMBER, number);
      }
      case VALUE_TRUE -> values.add(Kind.BOOL, 1);
      case VALUE_FALSE -> values.add(Kind.BOOL, 0);
      case VALUE_NULL -> values.add(Kind.NULL, 0);
      case VALUE_STRING -> values.add(in.getText());
      default -> throw bad("inputs[%d].data holds an object".formatted(index));
    }
  }

  /** Of the extensions that say where the data is if not in the JSON. */
  private static void parameters(JsonParser in, JsonToken token, int index)
      throws IOException, Refusal {
    if (token != JsonToken.START_OBJECT) {
      in.skipChildren();
      return;
    }
    while (in.nextToken() != JsonToken.END_OBJECT) {
      String field = in.currentName();
      in.nextToken();
      in.skipChildren();
      if (field.equals("binary_data_size") || field.startsWith("shared_memory_")) {
        throw bad(
            "inputs[%d] has parameter '%s': this server has no such extension, tensors are sent as JSON"
                .formatted(index, Shown.text(field)));
      }
    }
  }
}
