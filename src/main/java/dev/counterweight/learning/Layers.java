package dev.counterweight.learning;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The shape of a feed-forward network. Parameters carry the names that PyTorch gives an {@code
 * nn.Sequential} of Linear and ReLU in turn: {@code 0.weight} (out, in), {@code 0.bias}, {@code
 * 2.weight} and so on.
 *
 * @param sizes widths from the features to the classes; at least two
 */
record Layers(List<Integer> sizes) {

  Layers {
    sizes = List.copyOf(sizes);
  }

  /** Number of linear layers. */
  int count() {
    return sizes.size() - 1;
  }

  /** Widths of the hidden layers. */
  List<Integer> hidden() {
    return sizes.subList(1, sizes.size() - 1);
  }

  /** Weight and bias of each layer in turn. */
  ParameterLayout layout() {
    List<Map.Entry<String, List<Long>>> parameters = new ArrayList<>();
    for (int layer = 0; layer < count(); layer++) {
      long in = sizes.get(layer);
      long out = sizes.get(layer + 1);
      parameters.add(Map.entry(2 * layer + ".weight", List.of(out, in)));
      parameters.add(Map.entry(2 * layer + ".bias", List.of(out)));
    }
    return ParameterLayout.of(parameters);
  }

  /** Of a guest beside such networks: one layer from their inputs to the classes. */
  ParameterLayout guest(boolean there) {
    return there
        ? new Layers(List.of(sizes.get(0), sizes.get(sizes.size() - 1))).layout()
        : ParameterLayout.of(List.of());
  }

  /**
   * PyTorch's default for Linear: uniform in +-1/sqrt(in), weights and biases alike; biases of a
   * layer without inputs are 0.
   */
  float[] initial(RandomGenerator random) {
    float[] flat = new float[layout().size()];
    int at = 0;
    for (int layer = 0; layer < count(); layer++) {
      int in = sizes.get(layer);
      float bound = in == 0 ? 0 : (float) (1 / Math.sqrt(in));
      int end = at + (in + 1) * sizes.get(layer + 1);
      for (; at < end; at++) {
        flat[at] = (random.nextFloat() * 2 - 1) * bound;
      }
    }
    return flat;
  }
}
