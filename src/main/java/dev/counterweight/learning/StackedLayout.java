package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import dev.counterweight.serving.Candidates;
import dev.counterweight.tensor.State;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Networks of one form in one flat array, and a guest of another behind them, one after the other,
 * each at a multiple of 64 bytes: a network rounds as it would by itself.
 *
 * @param each of one network
 * @param guest of the guest; without parameters if there is none
 * @param candidates what they are called
 */
record StackedLayout(ParameterLayout each, ParameterLayout guest, Candidates candidates) {
  private static final int ALIGNMENT = 64 / Float.BYTES;

  /** A network by itself. */
  static StackedLayout alone(ParameterLayout layout) {
    return new StackedLayout(layout, ParameterLayout.of(List.of()), Candidates.ONE);
  }

  /** All that are trained: R, and the guest. */
  int networks() {
    return candidates.networks();
  }

  /** Names and places of one network's parameters, or of the guest's. */
  ParameterLayout of(int network) {
    return network < candidates.rates() ? each : guest;
  }

  /** Values from one network to the next. */
  int apart() {
    return networks() == 1 ? each.size() : aligned(each.size());
  }

  /** Values of the array. */
  int size() {
    return candidates.rates() * apart() + aligned(guest.size());
  }

  private static int aligned(int values) {
    return (values + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  }

  /** An array of these networks; of those that there is none for, 0. */
  float[] filled(List<float[]> values) {
    float[] flat = new float[size()];
    for (int network = 0; network < values.size(); network++) {
      System.arraycopy(values.get(network), 0, flat, network * apart(), of(network).size());
    }
    return flat;
  }

  /** The values of each network, sharing the array's memory. */
  List<NDArray> networks(NDArray flat) {
    return networks() == 1
        ? List.of(flat)
        : IntStream.range(0, networks())
            .mapToObj(n -> flat.get(new NDIndex("{}:{}", n * apart(), n * apart() + of(n).size())))
            .toList();
  }

  /** Each parameter of the guest, sharing the array's memory; none if there is no guest. */
  List<NDArray> guests(NDArray flat) {
    return candidates.guest() ? guest.views(networks(flat).get(candidates.rates())) : List.of();
  }

  /** Each parameter of all networks but the guest, R x its shape, sharing the array's memory. */
  List<NDArray> parameters(NDArray flat) {
    if (networks() == 1) {
      return each.views(flat);
    }
    NDArray matrix =
        flat.get(new NDIndex("0:{}", candidates.rates() * apart()))
            .reshape(candidates.rates(), apart());
    List<NDArray> views = new ArrayList<>();
    for (ParameterLayout.Slot slot : each.slots()) {
      long[] shape = new long[slot.shape().size() + 1];
      shape[0] = candidates.rates();
      System.arraycopy(slot.dims(), 0, shape, 1, shape.length - 1);
      views.add(
          matrix.get(new NDIndex(":, {}:{}", slot.from(), slot.to())).reshape(new Shape(shape)));
    }
    return views;
  }

  /**
   * Declares a flat array as state.
   *
   * @param prefix that each name of a network's has before it
   * @param suffix that follows each name
   */
  void declare(State state, IntFunction<String> prefix, String suffix, NDArray array) {
    state.part(
        out -> {
          float[] flat = array.toFloatArray();
          for (int network = 0; network < networks(); network++) {
            int from = network * apart();
            float[] own = Arrays.copyOfRange(flat, from, from + of(network).size());
            out.putAll(of(network).named(own, prefix.apply(network), suffix));
          }
        },
        in -> {
          List<float[]> saved = new ArrayList<>();
          for (int network = 0; network < networks(); network++) {
            saved.add(of(network).flat(in, prefix.apply(network), suffix));
          }
          float[] flat = filled(saved);
          return () -> DirectFloats.assign(array, flat);
        });
  }
}
