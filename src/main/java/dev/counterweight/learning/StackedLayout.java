package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Networks of one form in one flat array, one after the other, each at a multiple of 64 bytes: a
 * network rounds as it would by itself.
 *
 * @param each of one network
 * @param candidates what they are called; as many networks as there are rates
 */
record StackedLayout(ParameterLayout each, Candidates candidates) {
  private static final int ALIGNMENT = 64 / Float.BYTES;

  /** A network by itself. */
  static StackedLayout alone(ParameterLayout layout) {
    return new StackedLayout(layout, Candidates.ONE);
  }

  /** R. */
  int networks() {
    return candidates.rates();
  }

  /** Values from one network to the next. */
  int apart() {
    return networks() == 1 ? each.size() : (each.size() + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** Values of the array. */
  int size() {
    return networks() * apart();
  }

  /** An array of networks, each drawn by {@code initial}. */
  float[] filled(List<float[]> initial) {
    float[] flat = new float[size()];
    for (int network = 0; network < networks(); network++) {
      System.arraycopy(initial.get(network), 0, flat, network * apart(), each.size());
    }
    return flat;
  }

  /** The values of each network, sharing the array's memory. */
  List<NDArray> networks(NDArray flat) {
    return networks() == 1
        ? List.of(flat)
        : IntStream.range(0, networks())
            .mapToObj(n -> flat.get(new NDIndex("{}:{}", n * apart(), n * apart() + each.size())))
            .toList();
  }

  /** Each parameter of all networks, R x its shape, sharing the array's memory. */
  List<NDArray> parameters(NDArray flat) {
    if (networks() == 1) {
      return each.views(flat);
    }
    NDArray matrix = flat.reshape(networks(), apart());
    List<NDArray> views = new ArrayList<>();
    for (ParameterLayout.Slot slot : each.slots()) {
      long[] shape = new long[slot.shape().size() + 1];
      shape[0] = networks();
      System.arraycopy(slot.dims(), 0, shape, 1, shape.length - 1);
      views.add(
          matrix.get(new NDIndex(":, {}:{}", slot.from(), slot.to())).reshape(new Shape(shape)));
    }
    return views;
  }

  /**
   * Declares a flat array as state.
   *
   * @param first of the candidates whose names the networks get
   * @param suffix that follows each name
   */
  void declare(State state, int first, String suffix, NDArray array) {
    state.part(
        out -> {
          float[] flat = array.toFloatArray();
          for (int network = 0; network < networks(); network++) {
            int from = network * apart();
            float[] own = Arrays.copyOfRange(flat, from, from + each.size());
            out.putAll(each.named(own, candidates.prefix(first + network), suffix));
          }
        },
        in -> {
          List<float[]> saved = new ArrayList<>();
          for (int network = 0; network < networks(); network++) {
            saved.add(each.flat(in, candidates.prefix(first + network), suffix));
          }
          float[] flat = filled(saved);
          return () -> DirectFloats.assign(array, flat);
        });
  }
}
