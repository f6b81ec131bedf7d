package dev.counterweight.inference;

import static dev.counterweight.inference.Refusal.bad;

import dev.counterweight.event.EventRejectedException;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.FeatureValues;
import dev.counterweight.event.Shown;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows of tensors: one named {@value #MATRIX}, a column a feature, or one a feature by its name.
 * Not thread-safe.
 */
final class TensorRows implements Rows {
  static final String MATRIX = "input";

  private final FeatureSchema schema;
  private final FeatureValues features;
  private final TensorValues values;
  private final int count;
  // Of each feature; the same one of all where there is a matrix, null where a feature is left out.
  private final @Nullable InputTensor[] tensors;
  private final boolean matrix;

  private TensorRows(
      FeatureSchema schema,
      FeatureValues features,
      TensorValues values,
      @Nullable InputTensor[] tensors,
      boolean matrix,
      int count) {
    this.schema = schema;
    this.features = features;
    this.values = values;
    this.tensors = tensors;
    this.matrix = matrix;
    this.count = count;
  }

  /**
   * The rows of a request.
   *
   * @param schema of the features
   * @param features made of it
   * @param most rows
   * @throws Refusal if its tensors are not those of the features
   */
  static TensorRows of(InferRequest request, FeatureSchema schema, FeatureValues features, int most)
      throws Refusal {
    List<String> names = schema.names();
    List<InputTensor> inputs = request.inputs();
    InputTensor head = inputs.get(0);
    if (head.rows() > most) {
      throw new Refusal(
          413,
          "%s has %d rows: more than scores.max.rows=%d"
              .formatted(head.shown(), head.rows(), most));
    }
    @Nullable InputTensor[] tensors = new InputTensor[names.size()];
    boolean matrix = head.name().equals(MATRIX) && !names.contains(MATRIX);
    if (matrix) {
      requireMatrix(inputs, names, schema);
      Arrays.fill(tensors, head);
    } else {
      byName(inputs, names, schema, tensors);
    }
    return new TensorRows(schema, features, request.values(), tensors, matrix, (int) head.rows());
  }

  private static void requireMatrix(
      List<InputTensor> inputs, List<String> names, FeatureSchema schema) throws Refusal {
    InputTensor input = inputs.get(0);
    if (inputs.size() > 1) {
      throw bad(
          "%s stands beside input '%s': with it there is no other"
              .formatted(input.shown(), Shown.text(inputs.get(1).name())));
    }
    for (int f = 0; f < names.size(); f++) {
      if (takesItems(schema, f)) {
        throw bad(
            "%s has a column a feature, but feature '%s' takes an array: send a tensor a feature"
                .formatted(input.shown(), names.get(f)));
      }
    }
    if (input.shape().size() != 2 || input.shape().get(1) != names.size()) {
      throw bad(
          "%s has shape %s: must be [rows, %d], a column a feature: %s"
              .formatted(
                  input.shown(),
                  InputTensor.shown(input.shape()),
                  names.size(),
                  Shown.names(names)));
    }
  }

  private static void byName(
      List<InputTensor> inputs,
      List<String> names,
      FeatureSchema schema,
      @Nullable InputTensor[] tensors)
      throws Refusal {
    Map<String, Integer> index = new HashMap<>();
    for (int f = 0; f < names.size(); f++) {
      index.put(names.get(f), f);
    }
    for (InputTensor input : inputs) {
      Integer f = index.get(input.name());
      if (f == null) {
        throw bad(
            "%s is no feature of this model: %s; or '%s' for all of them"
                .formatted(input.shown(), Shown.names(names), MATRIX));
      }
      if (tensors[f] != null) {
        throw bad("%s stands twice".formatted(input.shown()));
      }
      requireShape(input, inputs.get(0), takesItems(schema, f));
      tensors[f] = input;
    }
  }

  private static void requireShape(InputTensor input, InputTensor head, boolean items)
      throws Refusal {
    if (input.rows() != head.rows()) {
      throw bad(
          "%s has %d rows, but %s has %d"
              .formatted(input.shown(), input.rows(), head.shown(), head.rows()));
    }
    List<Long> shape = input.shape();
    if (shape.size() > 2 || shape.size() == 2 && !items && shape.get(1) != 1) {
      throw bad(
          "%s has shape %s: must be %s"
              .formatted(
                  input.shown(),
                  InputTensor.shown(shape),
                  items ? "[rows] or [rows, items]" : "[rows] or [rows, 1]"));
    }
  }

  @Override
  public int count() {
    return count;
  }

  @Override
  public void write(int row, float[] target, int at) throws Refusal {
    features.begin(target, at);
    try {
      for (int f = 0; f < tensors.length; f++) {
        InputTensor tensor = tensors[f];
        if (tensor == null) {
          continue;
        }
        int from = tensor.first() + row * tensor.width();
        if (matrix) {
          features.put(f, value(from + f, tensor.datatype()));
        } else if (takesItems(schema, f)) {
          features.put(f, items(from, tensor));
        } else {
          features.put(f, value(from, tensor.datatype()));
        }
      }
      features.end();
    } catch (EventRejectedException e) {
      throw bad((count == 1 ? "" : "row " + row + ": ") + e.getMessage());
    }
  }

  private List<@Nullable Object> items(int from, InputTensor tensor) {
    List<@Nullable Object> items = new ArrayList<>(tensor.width());
    for (int i = from; i < from + tensor.width(); i++) {
      items.add(value(i, tensor.datatype()));
    }
    return items;
  }

  /** An element as what it is; a number is of 32 bits where its tensor says so. */
  private @Nullable Object value(int index, Datatype datatype) {
    double number = values.number(index);
    return switch (values.kind(index)) {
      case WHOLE, NUMBER -> datatype == Datatype.FP32 ? (Object) (float) number : (Object) number;
      case BOOL -> number == 1;
      case TEXT -> values.text(index);
      case NULL -> null;
    };
  }

  private static boolean takesItems(FeatureSchema schema, int feature) {
    return schema.features().get(feature).type() instanceof Feature.Categories;
  }
}
