package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.IValue;
import dev.counterweight.serving.Dense;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A feed-forward network whose parameters lie in one flat array, as their gradient does, and whose
 * passes are a native call each: an optimiser's update is then a call too, whatever the number of
 * layers.
 *
 * <p>Owns its arrays until closed. Not thread-safe.
 */
final class Network implements TrainedModel {
  private static final List<String> LISTS =
      List.of(
          "weights",
          "transposed",
          "biases",
          "weight_gradients",
          "bias_gradients",
          "inputs",
          "bases",
          "factors");

  private final NDManager manager;
  private final Layers layers;
  private final ParameterLayout layout;
  private final Dropout dropout;
  private final NDArray parameters;
  private final NDArray gradient;
  private final NativeProgram program;
  private final @Nullable DirectFloats embedded;
  private final int embeddedWidth;

  /**
   * @param embedded of the inputs, the last so many get a gradient too
   */
  Network(
      NDManager parent,
      Layers layers,
      HiddenActivation activation,
      Dropout dropout,
      int embedded,
      float[] values) {
    this.manager = parent.newSubManager();
    this.layers = layers;
    this.layout = layers.layout();
    this.dropout = dropout;
    this.embeddedWidth = embedded;
    this.embedded = embedded > 0 ? new DirectFloats() : null;
    this.parameters = DirectFloats.copy(manager, values);
    this.gradient = DirectFloats.copy(manager, new float[layout.size()]);
    this.program =
        new NativeProgram(manager, LISTS, NativeProgram.script("network", activation.script()));
    try (IValue into = NativeProgram.arrays(layout.views(parameters));
        IValue gradients = NativeProgram.arrays(layout.views(gradient));
        IValue unused = program.run("hold", into, gradients)) {}
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
  public void updated() {
    // The layers are views of the flat array.
  }

  /** The layers as they are now, from the inputs to the classes, of each candidate. */
  List<List<Dense>> layers() {
    float[] flat = parameters.toFloatArray();
    List<Dense> dense = new ArrayList<>();
    for (int layer = 0; layer < layers.count(); layer++) {
      dense.add(
          new Dense(
              layers.sizes().get(layer),
              layers.sizes().get(layer + 1),
              flat,
              layout.slots().get(2 * layer).from(),
              flat,
              layout.slots().get(2 * layer + 1).from()));
    }
    return List.of(dense);
  }

  @Override
  public void forward(DirectFloats input, DirectFloats scores, long step) {
    int rows = (int) input.array().getShape().get(0);
    try (IValue factors = NativeProgram.arrays(dropout.factors(layers.hidden(), rows, step))) {
      program.run("forward", input.argument(), scores.argument(), factors).close();
    }
  }

  @Override
  public NDArray backward(DirectFloats derivatives) {
    int rows = (int) derivatives.array().getShape().get(0);
    if (embedded != null) {
      embedded.floats(rows, embeddedWidth);
    }
    List<NDArray> inputs = embedded == null ? List.of() : List.of(embedded.array());
    try (IValue receiving = NativeProgram.arrays(inputs)) {
      program.run("backward", derivatives.argument(), receiving).close();
    }
    return gradient;
  }

  @Override
  public FloatBuffer embedded(int rows) {
    return embedded == null ? FloatBuffer.allocate(0) : embedded.floats(rows, embeddedWidth);
  }

  @Override
  public void close() {
    dropout.close();
    if (embedded != null) {
      embedded.close();
    }
    program.close();
    manager.close();
  }
}
