package dev.counterweight.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A feed-forward network whose parameters lie in one flat array, with its gradient worked out by
 * hand: an optimiser's update is then a handful of native calls whatever the number of layers.
 *
 * <p>Owns its arrays until closed. Not thread-safe.
 */
final class Network implements AutoCloseable {
  private final NDManager manager;
  private final Layers layers;
  private final HiddenActivation activation;
  private final NDArray parameters;
  private final List<NDArray> weights = new ArrayList<>();
  private final List<NDArray> biases = new ArrayList<>();

  /**
   * What a training pass leaves for the way back.
   *
   * @param inputs of each layer
   * @param scores raw scores, rows x K
   */
  record Pass(List<NDArray> inputs, List<Hidden> hidden, List<NDArray> factors, NDArray scores) {}

  /** A hidden layer's sums and what the activation made of them. */
  record Hidden(NDArray sums, NDArray values) {}

  Network(NDManager parent, Layers layers, HiddenActivation activation, float[] values) {
    this.manager = parent.newSubManager();
    this.layers = layers;
    this.activation = activation;
    this.parameters = DirectFloats.copy(manager, values);
    for (Layers.Slot slot : layers.slots()) {
      // A slice shares its memory with the flat array: updating one updates the other.
      NDArray view =
          parameters
              .get(new NDIndex("{}:{}", slot.from(), slot.from() + slot.size()))
              .reshape(new Shape(slot.shape().stream().mapToLong(Long::longValue).toArray()));
      (slot.shape().size() == 2 ? weights : biases).add(view);
    }
  }

  Layers layers() {
    return layers;
  }

  /** The flat parameters, to be updated in place. */
  NDArray parameters() {
    return parameters;
  }

  /** Raw scores of each row, nothing left out. */
  NDArray scores(NDArray input) {
    return forward(input, List.of()).scores();
  }

  /**
   * A training pass.
   *
   * @param factors of the hidden units of each layer; empty if nothing is left out
   * @return arrays owned by the manager of {@code input}
   */
  Pass forward(NDArray input, List<NDArray> factors) {
    List<NDArray> inputs = new ArrayList<>(layers.count());
    List<Hidden> hidden = new ArrayList<>(layers.count());
    NDArray x = input;
    for (int layer = 0; layer < layers.count() - 1; layer++) {
      inputs.add(x);
      NDArray sums = linear(x, layer);
      NDArray values = activation.apply(sums);
      hidden.add(new Hidden(sums, values));
      x = factors.isEmpty() ? values : values.mul(factors.get(layer));
    }
    inputs.add(x);
    return new Pass(inputs, hidden, factors, linear(x, layers.count() - 1));
  }

  /**
   * The gradient of the loss with respect to the parameters, flat.
   *
   * @param pass what {@link #forward} returned, of no use afterwards
   * @param scores gradient of the loss with respect to the raw scores
   */
  NDArray backward(Pass pass, NDArray scores) {
    List<NDArray> parts = new ArrayList<>(2 * layers.count());
    NDArray delta = scores;
    for (int layer = layers.count() - 1; layer >= 0; layer--) {
      parts.add(delta.sum(new int[] {0}));
      parts.add(delta.transpose().matMul(pass.inputs().get(layer)).flatten());
      if (layer > 0) {
        Hidden hidden = pass.hidden().get(layer - 1);
        delta = delta.matMul(weights.get(layer));
        if (!pass.factors().isEmpty()) {
          delta.muli(pass.factors().get(layer - 1));
        }
        delta.muli(activation.derivative(hidden.sums(), hidden.values()));
      }
    }
    Collections.reverse(parts);
    return NDArrays.concat(new NDList(parts));
  }

  private NDArray linear(NDArray x, int layer) {
    return Linear.linear(x, weights.get(layer), biases.get(layer)).singletonOrThrow();
  }

  @Override
  public void close() {
    manager.close();
  }
}
