package dev.counterweight.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
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
  private final NDArray parameters;
  private final List<NDArray> weights = new ArrayList<>();
  private final List<NDArray> biases = new ArrayList<>();

  Network(NDManager parent, Layers layers, float[] values) {
    this.manager = parent.newSubManager();
    this.layers = layers;
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

  /**
   * Inputs of each layer, then the raw scores: {@code layers + 1} arrays, owned by the manager of
   * {@code input}.
   */
  List<NDArray> forward(NDArray input) {
    List<NDArray> values = new ArrayList<>(layers.count() + 1);
    NDArray x = input;
    values.add(x);
    for (int layer = 0; layer < layers.count(); layer++) {
      x = Linear.linear(x, weights.get(layer), biases.get(layer)).singletonOrThrow();
      if (layer < layers.count() - 1) {
        x = Activation.relu(x);
      }
      values.add(x);
    }
    return values;
  }

  /**
   * The gradient of the loss with respect to the parameters, flat.
   *
   * @param values what {@link #forward} returned
   * @param scores gradient of the loss with respect to the raw scores
   */
  NDArray backward(List<NDArray> values, NDArray scores) {
    List<NDArray> parts = new ArrayList<>(2 * layers.count());
    NDArray delta = scores;
    for (int layer = layers.count() - 1; layer >= 0; layer--) {
      NDArray input = values.get(layer);
      parts.add(delta.sum(new int[] {0}));
      parts.add(delta.transpose().matMul(input).flatten());
      if (layer > 0) {
        // The input is a ReLU's output, at least 0: its sign is the ReLU's derivative.
        delta = delta.matMul(weights.get(layer)).muli(input.sign());
      }
    }
    Collections.reverse(parts);
    return NDArrays.concat(new NDList(parts));
  }

  @Override
  public void close() {
    manager.close();
  }
}
