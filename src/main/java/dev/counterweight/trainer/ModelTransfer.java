package dev.counterweight.trainer;

import dev.counterweight.event.Schema;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Rearranges a model of layers and its normaliser, by name, for features that are fewer or in
 * another order, and for other classes: what is kept scores as before. A class that the model has
 * not seen begins with no weights and the least bias of the others. Immutable.
 */
final class ModelTransfer {
  private static final String FIRST = "0.weight";
  private static final String NORMALIZER = "normalizer.";

  private final int[] features;
  private final int[] classes;
  private final int featuresBefore;
  private final int classesBefore;

  /** To a schema that has no {@linkplain #missing feature more} than that of the model. */
  ModelTransfer(Schema from, Schema to) {
    this.features = places(to.features(), from.features());
    this.classes = places(to.classes(), from.classes());
    this.featuresBefore = from.features().size();
    this.classesBefore = from.classes().size();
  }

  /** Features that a model of a schema has no column for: their scale is not known either. */
  static List<String> missing(Schema from, Schema to) {
    return to.features().stream().filter(name -> !from.features().contains(name)).toList();
  }

  /**
   * What model.safetensors holds, rearranged.
   *
   * @throws MalformedTensorsException if it is not that of such a model
   */
  SafeTensors model(SafeTensors old) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(old.tensors());
    inputs(old, tensors);
    int last =
        tensors.keySet().stream()
            .filter(name -> name.matches("\\d{1,6}\\.weight"))
            .mapToInt(name -> Integer.parseInt(name.substring(0, name.indexOf('.'))))
            .max()
            .orElseThrow(() -> new MalformedTensorsException("a model without layers"));
    outputs(tensors, last + ".weight", last + ".bias");
    columns(old, tensors);
    return new SafeTensors(tensors, old.metadata());
  }

  /**
   * What the normaliser goes on from, of state.safetensors, rearranged.
   *
   * @throws MalformedTensorsException if it is not that of such a model
   */
  SafeTensors state(SafeTensors old) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(old.tensors());
    tensors.keySet().removeIf(name -> !name.startsWith(NORMALIZER));
    for (String name : List.of(NORMALIZER + "mean", NORMALIZER + "m2")) {
      double[] values = old.doubles(name, featuresBefore);
      double[] picked = new double[features.length];
      for (int f = 0; f < features.length; f++) {
        picked[f] = values[features[f]];
      }
      tensors.put(name, new Tensor.F64(picked, picked.length));
    }
    String sample = NORMALIZER + "sample.rows";
    if (tensors.containsKey(sample)) {
      float[] values = old.floats(sample, SafeTensors.ANY, featuresBefore);
      int rows = values.length / featuresBefore;
      float[] picked = pickColumns(values, rows, featuresBefore);
      tensors.put(sample, new Tensor.F32(picked, rows, features.length));
    }
    quantiles(old, tensors);
    return new SafeTensors(tensors, old.metadata());
  }

  /** Columns of the first layer; with copies by rank each feature has two. */
  private void inputs(SafeTensors old, SortedMap<String, Tensor> tensors) {
    List<Long> shape = old.tensor(FIRST).shape();
    int width = shape.size() == 2 ? (int) (long) shape.get(1) : 0;
    if (width != featuresBefore && width != 2 * featuresBefore) {
      throw new MalformedTensorsException(
          "tensor '%s' has shape %s: must have a column, or two, for each of %d features"
              .formatted(FIRST, shape, featuresBefore));
    }
    int outputs = (int) (long) shape.get(0);
    float[] picked = pickColumns(old.floats(FIRST, outputs, width), outputs, width);
    tensors.put(FIRST, new Tensor.F32(picked, outputs, picked.length / Math.max(1, outputs)));
  }

  private void outputs(SortedMap<String, Tensor> tensors, String weight, String bias) {
    SafeTensors layer = new SafeTensors(tensors);
    float[] weights = layer.floats(weight, classesBefore, SafeTensors.ANY);
    int width = weights.length / classesBefore;
    tensors.put(
        weight, new Tensor.F32(pickRows(weights, width, classes, 0), classes.length, width));
    float[] biases = layer.floats(bias, classesBefore);
    float least = Float.POSITIVE_INFINITY;
    for (float b : biases) {
      least = Math.min(least, b);
    }
    tensors.put(bias, new Tensor.F32(pickRows(biases, 1, classes, least), classes.length));
  }

  private void columns(SafeTensors old, SortedMap<String, Tensor> tensors) {
    for (String name : List.of(NORMALIZER + "mean", NORMALIZER + "std")) {
      float[] values = old.floats(name, featuresBefore);
      tensors.put(name, new Tensor.F32(pickRows(values, 1, features, 0), features.length));
    }
    quantiles(old, tensors);
  }

  private void quantiles(SafeTensors old, SortedMap<String, Tensor> tensors) {
    String name = NORMALIZER + "quantiles";
    if (tensors.containsKey(name)) {
      float[] values = old.floats(name, featuresBefore, SafeTensors.ANY);
      int each = values.length / featuresBefore;
      tensors.put(name, new Tensor.F32(pickRows(values, each, features, 0), features.length, each));
    }
  }

  private static float[] pickRows(float[] values, int width, int[] rows, float fill) {
    float[] picked = new float[rows.length * width];
    java.util.Arrays.fill(picked, fill);
    for (int row = 0; row < rows.length; row++) {
      if (rows[row] >= 0) {
        System.arraycopy(values, rows[row] * width, picked, row * width, width);
      }
    }
    return picked;
  }

  /** Of rows of one or more runs of all features, those that are kept, in order. */
  private float[] pickColumns(float[] values, int rows, int width) {
    int runs = width / featuresBefore;
    float[] picked = new float[rows * runs * features.length];
    int at = 0;
    for (int row = 0; row < rows; row++) {
      for (int run = 0; run < runs; run++) {
        for (int feature : features) {
          picked[at++] = values[row * width + run * featuresBefore + feature];
        }
      }
    }
    return picked;
  }

  private static int[] places(List<String> names, List<String> among) {
    return names.stream().mapToInt(among::indexOf).toArray();
  }
}
