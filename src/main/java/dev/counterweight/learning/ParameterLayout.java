package dev.counterweight.learning;

import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
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
      return (int) shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
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

  /** A flat array as named tensors, each name followed by {@code suffix}. */
  SortedMap<String, Tensor> named(float[] flat, String suffix) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (Slot slot : slots) {
      float[] values = new float[slot.size()];
      System.arraycopy(flat, slot.from(), values, 0, values.length);
      tensors.put(slot.name() + suffix, new Tensor.F32(values, slot.shape()));
    }
    return tensors;
  }

  /**
   * Named tensors as a flat array.
   *
   * @throws dev.counterweight.tensor.MalformedTensorsException if one is missing
   * @throws IllegalArgumentException if one has another shape; the message names both
   */
  float[] flat(SafeTensors file, String suffix) {
    float[] flat = new float[size()];
    for (Slot slot : slots) {
      String name = slot.name() + suffix;
      List<Long> found = file.tensor(name).shape();
      if (!found.equals(slot.shape())) {
        throw new IllegalArgumentException(
            "tensor '%s' has shape %s: this model needs %s".formatted(name, found, slot.shape()));
      }
      System.arraycopy(file.floats(name), 0, flat, slot.from(), slot.size());
    }
    return flat;
  }
}
