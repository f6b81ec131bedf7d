package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The names and shapes of a model's parameters and the place of each in one flat array.
 *
 * @param slots in the order of the array, without gaps
 */
record ParameterLayout(List<Slot> slots) {

  /** A parameter's place in the flat array. */
  record Slot(String name, int from, List<Long> shape) {
    int size() {
      return (int) Arrays.stream(dims()).reduce(1, (a, b) -> a * b);
    }

    long[] dims() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }

    int to() {
      return from + size();
    }
  }

  ParameterLayout {
    slots = List.copyOf(slots);
  }

  /** Of parameters that lie one after the other. */
  static ParameterLayout of(List<Map.Entry<String, List<Long>>> parameters) {
    List<Slot> slots = new ArrayList<>();
    int at = 0;
    for (Map.Entry<String, List<Long>> parameter : parameters) {
      Slot slot = new Slot(parameter.getKey(), at, parameter.getValue());
      slots.add(slot);
      at = slot.to();
    }
    return new ParameterLayout(slots);
  }

  /** Number of values. */
  int size() {
    return slots.isEmpty() ? 0 : slots.get(slots.size() - 1).to();
  }

  /** A flat array as named tensors, each name between {@code prefix} and {@code suffix}. */
  SortedMap<String, Tensor> named(float[] flat, String prefix, String suffix) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (Slot slot : slots) {
      float[] values = new float[slot.size()];
      System.arraycopy(flat, slot.from(), values, 0, values.length);
      tensors.put(prefix + slot.name() + suffix, new Tensor.F32(values, slot.shape()));
    }
    return tensors;
  }

  /** Parameters as slices of a flat array, sharing its memory: updating one updates the other. */
  List<NDArray> views(NDArray flat) {
    return slots.stream()
        .map(
            slot ->
                flat.get(new NDIndex("{}:{}", slot.from(), slot.to()))
                    .reshape(new Shape(slot.dims())))
        .toList();
  }

  /**
   * Named tensors as a flat array, each name between {@code prefix} and {@code suffix}.
   *
   * @throws dev.counterweight.tensor.MalformedTensorsException if one is missing or of another form
   */
  float[] flat(SafeTensors in, String prefix, String suffix) {
    float[] flat = new float[size()];
    for (Slot slot : slots) {
      float[] part = in.floats(prefix + slot.name() + suffix, slot.dims());
      System.arraycopy(part, 0, flat, slot.from(), part.length);
    }
    return flat;
  }
}
