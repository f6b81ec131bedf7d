package dev.counterweight.inference;

import static dev.counterweight.inference.Refusal.bad;

import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.event.Shown;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the tensors of a request to a model are: one named {@value #MATRIX}, a column a feature, or
 * one a feature by its name. Immutable.
 */
final class TensorForm {
  static final String MATRIX = "input";

  private final List<String> names;
  private final Map<String, Integer> index = new HashMap<>();
  private final boolean[] arrays;
  private final int firstArray;

  TensorForm(FeatureSchema schema) {
    this.names = schema.names();
    this.arrays = new boolean[names.size()];
    int array = -1;
    for (int f = names.size() - 1; f >= 0; f--) {
      index.put(names.get(f), f);
      arrays[f] = schema.features().get(f).type() instanceof Feature.Categories;
      array = arrays[f] ? f : array;
    }
    this.firstArray = array;
  }

  /** Whether a tensor is the matrix; a feature of that name goes before it. */
  boolean isMatrix(InputTensor tensor) {
    return tensor.name().equals(MATRIX) && !index.containsKey(MATRIX);
  }

  /** Whether a feature takes an array. */
  boolean takesItems(int feature) {
    return arrays[feature];
  }

  /**
   * The tensor of each feature: the same one of all where there is a matrix, null where a feature
   * is left out.
   *
   * @throws Refusal if they are not those of the features
   */
  @Nullable InputTensor[] byFeature(List<InputTensor> inputs) throws Refusal {
    @Nullable InputTensor[] tensors = new InputTensor[arrays.length];
    if (isMatrix(inputs.get(0))) {
      requireMatrix(inputs);
      Arrays.fill(tensors, inputs.get(0));
      return tensors;
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
      requireShape(input, inputs.get(0), arrays[f]);
      tensors[f] = input;
    }
    return tensors;
  }

  private void requireMatrix(List<InputTensor> inputs) throws Refusal {
    InputTensor input = inputs.get(0);
    if (inputs.size() > 1) {
      throw bad(
          "%s stands beside input '%s': with it there is no other"
              .formatted(input.shown(), Shown.text(inputs.get(1).name())));
    }
    if (firstArray >= 0) {
      throw bad(
          "%s has a column a feature, but feature '%s' takes an array: send a tensor a feature"
              .formatted(input.shown(), names.get(firstArray)));
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

  private static void requireShape(InputTensor input, InputTensor head, boolean items)
      throws Refusal {
    if (input.rows() != head.rows()) {
      throw bad(
          "%s has %d rows, but %s has %d"
              .formatted(input.shown(), input.rows(), head.shown(), head.rows()));
    }
    List<Long> shape = input.shape();
    boolean right =
        shape.size() == 1 || shape.size() == 2 && (items ? shape.get(1) > 0 : shape.get(1) == 1);
    // Of rows without an element there could be as many as one likes.
    if (!right) {
      throw bad(
          "%s has shape %s: must be %s"
              .formatted(
                  input.shown(),
                  InputTensor.shown(shape),
                  items ? "[rows] or [rows, items], null for no item" : "[rows] or [rows, 1]"));
    }
  }
}
