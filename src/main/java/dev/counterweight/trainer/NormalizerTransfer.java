package dev.counterweight.trainer;

import dev.counterweight.event.Column;
import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Rearranges what a normaliser knows, by name, for numbers that are fewer or in another order. A
 * column that tells that a feature was missing, where none could be, begins as one that never was.
 * Immutable.
 */
final class NormalizerTransfer {
  private static final String NORMALIZER = "normalizer.";
  private static final String MEAN = NORMALIZER + "mean";
  private static final String PRESENT = NORMALIZER + "present";
  private static final int NONE = -1;

  private final int[] places;
  private final int before;
  private final boolean mayHoldNaN;

  /** To features of which none is {@link #missing}. */
  NormalizerTransfer(FeatureSchema from, FeatureSchema to) {
    List<String> old = numbers(from);
    this.places = numbers(to).stream().mapToInt(old::indexOf).toArray();
    this.before = old.size();
    this.mayHoldNaN = to.mayHoldNaN();
  }

  /** Features that are numbers, of which nothing is known; in words where they were no numbers. */
  static List<String> missing(FeatureSchema from, FeatureSchema to) {
    List<String> missing = new ArrayList<>();
    for (Feature feature : to.features()) {
      boolean number =
          feature.type() instanceof Feature.Number || feature.type() instanceof Feature.Time;
      if (number
          && from.features().stream()
              .noneMatch(
                  old -> old.name().equals(feature.name()) && old.type().equals(feature.type()))) {
        missing.add(
            from.names().contains(feature.name())
                ? feature.name() + " as " + feature.typeName()
                : feature.name());
      }
    }
    return missing;
  }

  /** Numbers that there were. */
  int before() {
    return before;
  }

  /** Of each number, which one it was; -1 for one that was not there. */
  int[] places() {
    return places.clone();
  }

  /** Puts what a user of the model needs. */
  void parameters(SafeTensors old, SortedMap<String, Tensor> tensors) {
    float[] means = old.floats(MEAN, before);
    tensors.put(MEAN, new Tensor.F32(pick(means, 1, 0), places.length));
    String std = NORMALIZER + "std";
    tensors.put(std, new Tensor.F32(pick(old.floats(std, before), 1, 1), places.length));
    quantiles(old, tensors);
  }

  /** What it goes on from. */
  SafeTensors state(SafeTensors old) {
    SortedMap<String, Tensor> tensors = new TreeMap<>(old.tensors());
    tensors.keySet().removeIf(name -> !name.startsWith(NORMALIZER));
    double weight = old.doubles(NORMALIZER + "weight", 1)[0];
    double[] seen = new double[before];
    Arrays.fill(seen, weight);
    if (tensors.remove(PRESENT) != null) {
      seen = old.doubles(PRESENT, before);
    }
    double[] means = old.doubles(MEAN, before);
    double[] squares = old.doubles(NORMALIZER + "m2", before);
    double[] mean = new double[places.length];
    double[] m2 = new double[places.length];
    double[] present = new double[places.length];
    for (int f = 0; f < places.length; f++) {
      int place = places[f];
      present[f] = place == NONE || !mayHoldNaN ? weight : seen[place];
      if (place != NONE) {
        mean[f] = means[place];
        m2[f] = seen[place] > 0 ? squares[place] * (present[f] / seen[place]) : squares[place];
      }
    }
    tensors.put(MEAN, new Tensor.F64(mean, mean.length));
    tensors.put(NORMALIZER + "m2", new Tensor.F64(m2, m2.length));
    if (mayHoldNaN) {
      tensors.put(PRESENT, new Tensor.F64(present, present.length));
    }
    sample(old, tensors);
    quantiles(old, tensors);
    return new SafeTensors(tensors, old.metadata());
  }

  private void sample(SafeTensors old, SortedMap<String, Tensor> tensors) {
    String name = NORMALIZER + "sample.rows";
    if (tensors.containsKey(name)) {
      float[] values = old.floats(name, SafeTensors.ANY, before);
      int rows = values.length / before;
      float[] picked = ModelTransfer.pickColumns(values, rows, before, places);
      tensors.put(name, new Tensor.F32(picked, rows, places.length));
    }
  }

  private void quantiles(SafeTensors old, SortedMap<String, Tensor> tensors) {
    String name = NORMALIZER + "quantiles";
    if (tensors.containsKey(name)) {
      float[] values = old.floats(name, before, SafeTensors.ANY);
      int each = values.length / before;
      tensors.put(name, new Tensor.F32(pick(values, each, 0), places.length, each));
    }
  }

  private float[] pick(float[] values, int width, float fill) {
    return ModelTransfer.pickRows(values, width, places, fill);
  }

  /** Of each column that is a number what it is: its feature, and which column of it. */
  private static List<String> numbers(FeatureSchema layout) {
    List<String> numbers = new ArrayList<>();
    for (Column column : layout.columns()) {
      if (!column.isRow()) {
        numbers.add(layout.features().get(column.feature()).name() + "\n" + column.name());
      }
    }
    return numbers;
  }
}
