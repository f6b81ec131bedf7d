package dev.counterweight.training;

import dev.counterweight.batch.SafeTensors;
import dev.counterweight.batch.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * The shape of a feed-forward network and the place of each of its parameters in one flat array.
 * Parameters carry the names that PyTorch gives an {@code nn.Sequential} of Linear and ReLU in
 * turn: {@code 0.weight} (out, in), {@code 0.bias}, {@code 2.weight} and so on.
 *
 * @param sizes widths from the features to the classes; at least two
 */
record Layers(List<Integer> sizes) {

  /** A parameter's place in the flat array. */
  record Slot(String name, int from, List<Long> shape) {
    int size() {
      return (int) shape.stream().mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    }
  }

  Layers {
    sizes = List.copyOf(sizes);
  }

  /** Number of linear layers. */
  int count() {
    return sizes.size() - 1;
  }

  int inputs() {
    return sizes.get(0);
  }

  int outputs() {
    return sizes.get(sizes.size() - 1);
  }

  /** Widths of the hidden layers. */
  List<Integer> hidden() {
    return sizes.subList(1, sizes.size() - 1);
  }

  /** Weight and bias of each layer in turn. */
  List<Slot> slots() {
    List<Slot> slots = new ArrayList<>();
    int at = 0;
    for (int layer = 0; layer < count(); layer++) {
      int in = sizes.get(layer);
      int out = sizes.get(layer + 1);
      slots.add(new Slot(2 * layer + ".weight", at, List.of((long) out, (long) in)));
      at += out * in;
      slots.add(new Slot(2 * layer + ".bias", at, List.of((long) out)));
      at += out;
    }
    return slots;
  }

  /** Number of parameters. */
  int parameters() {
    return slots().stream().mapToInt(Slot::size).sum();
  }

  /** PyTorch's default for Linear: uniform in +-1/sqrt(in), weights and biases alike. */
  float[] initial(RandomGenerator random) {
    float[] flat = new float[parameters()];
    int at = 0;
    for (int layer = 0; layer < count(); layer++) {
      int in = sizes.get(layer);
      float bound = (float) (1 / Math.sqrt(in));
      int end = at + (in + 1) * sizes.get(layer + 1);
      for (; at < end; at++) {
        flat[at] = (random.nextFloat() * 2 - 1) * bound;
      }
    }
    return flat;
  }

  /** A flat array as named tensors, each name followed by {@code suffix}. */
  SortedMap<String, Tensor> named(float[] flat, String suffix) {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (Slot slot : slots()) {
      float[] values = new float[slot.size()];
      System.arraycopy(flat, slot.from(), values, 0, values.length);
      tensors.put(slot.name() + suffix, new Tensor.F32(values, slot.shape()));
    }
    return tensors;
  }

  /**
   * Named tensors as a flat array.
   *
   * @throws dev.counterweight.batch.MalformedTensorsException if one is missing
   * @throws IllegalArgumentException if one has another shape; the message names both
   */
  float[] flat(SafeTensors file, String suffix) {
    float[] flat = new float[parameters()];
    for (Slot slot : slots()) {
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
