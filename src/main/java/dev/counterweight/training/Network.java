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
final class Network implements TrainedModel {
  private final NDManager manager;
  private final Layers layers;
  private final ParameterLayout layout;
  private final HiddenActivation activation;
  private final Dropout dropout;
  private final NDArray parameters;
  private final List<NDArray> weights = new ArrayList<>();
  private final List<NDArray> biases = new ArrayList<>();

  Network(
      NDManager parent,
      Layers layers,
      HiddenActivation activation,
      Dropout dropout,
      float[] values) {
    this.manager = parent.newSubManager();
    this.layers = layers;
    this.layout = layers.layout();
    this.activation = activation;
    this.dropout = dropout;
    this.parameters = DirectFloats.copy(manager, values);
    for (ParameterLayout.Slot slot : layers.layout().slots()) {
      // A slice shares its memory with the flat array: updating one updates the other.
      NDArray view =
          parameters
              .get(new NDIndex("{}:{}", slot.from(), slot.to()))
              .reshape(new Shape(slot.shape().stream().mapToLong(Long::longValue).toArray()));
      (slot.shape().size() == 2 ? weights : biases).add(view);
    }
  }

  @Override
  public ParameterLayout layout() {
    return layout;
  }

  @Override
  public NDArray parameters() {
    return parameters;
  }

  @Override
  public void assign(float[] values) {
    try (NDArray fresh = DirectFloats.copy(manager, values)) {
      parameters.set(new NDIndex(":"), fresh);
    }
  }

  @Override
  public void updated() {
    // The layers are views of the flat array.
  }

  @Override
  public NDArray scores(NDArray input) {
    return forward(input, List.of()).scores();
  }

  @Override
  public Pass forward(NDArray input, long step) {
    int rows = (int) input.getShape().get(0);
    return forward(input, dropout.factors(input.getManager(), layers.hidden(), rows, step));
  }

  private LayeredPass forward(NDArray input, List<NDArray> factors) {
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
    return new LayeredPass(inputs, hidden, factors, linear(x, layers.count() - 1));
  }

  private NDArray linear(NDArray x, int layer) {
    return Linear.linear(x, weights.get(layer), biases.get(layer)).singletonOrThrow();
  }

  @Override
  public void close() {
    manager.close();
  }

  /** What a training pass leaves for the way back: the layers' inputs and the hidden ones. */
  private final class LayeredPass implements Pass {
    private final List<NDArray> inputs;
    private final List<Hidden> hidden;
    private final List<NDArray> factors;
    private final NDArray scores;

    LayeredPass(List<NDArray> inputs, List<Hidden> hidden, List<NDArray> factors, NDArray scores) {
      this.inputs = inputs;
      this.hidden = hidden;
      this.factors = factors;
      this.scores = scores;
    }

    @Override
    public NDArray scores() {
      return scores;
    }

    @Override
    public NDArray backward(NDArray derivatives) {
      List<NDArray> parts = new ArrayList<>(2 * layers.count());
      NDArray delta = derivatives;
      for (int layer = layers.count() - 1; layer >= 0; layer--) {
        parts.add(delta.sum(new int[] {0}));
        parts.add(delta.transpose().matMul(inputs.get(layer)).flatten());
        if (layer > 0) {
          delta = delta.matMul(weights.get(layer));
          if (!factors.isEmpty()) {
            delta.muli(factors.get(layer - 1));
          }
          Hidden below = hidden.get(layer - 1);
          delta.muli(activation.derivative(below.sums(), below.values()));
        }
      }
      Collections.reverse(parts);
      return NDArrays.concat(new NDList(parts));
    }
  }

  /** A hidden layer's sums and what the activation made of them. */
  private record Hidden(NDArray sums, NDArray values) {}
}
