package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.IValue;
import dev.counterweight.serving.Candidates;
import dev.counterweight.serving.Dense;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A feed-forward network, or several of one form side by side that see the same rows, with their
 * moving averages, and beside them a guest, a linear model. Parameters lie in one flat array, as
 * their gradient does, and a pass is a native call: an optimiser's update is then a call too,
 * whatever the number of layers and networks.
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
          "factors",
          "rows",
          "guest",
          "guest_gradients");

  private final NDManager manager;
  private final Layers layers;
  private final StackedLayout layout;
  private final Dropout dropout;
  private final NDArray parameters;
  private final @Nullable NDArray averages;
  private final NDArray gradient;
  private final NativeProgram program;
  private final IValue none = NativeProgram.arrays(List.of());
  private final @Nullable DirectFloats embedded;
  private final int embeddedWidth;

  /**
   * Averages begin as their networks, a guest with all its parameters 0.
   *
   * @param embedded of the inputs, the last so many get a gradient too
   * @param initial parameters of each network but the guest
   */
  Network(
      NDManager parent,
      Layers layers,
      Candidates candidates,
      HiddenActivation activation,
      Dropout dropout,
      int embedded,
      List<float[]> initial) {
    this.manager = parent.newSubManager();
    this.layers = layers;
    this.layout = new StackedLayout(layers.layout(), layers.guest(candidates.guest()), candidates);
    this.dropout = dropout;
    this.embeddedWidth = embedded;
    this.embedded = embedded > 0 ? new DirectFloats() : null;
    this.parameters = DirectFloats.copy(manager, layout.filled(initial));
    this.averages =
        candidates.averaged() ? DirectFloats.copy(manager, layout.filled(initial)) : null;
    this.gradient = DirectFloats.copy(manager, new float[layout.size()]);
    String script = layout.networks() == 1 ? "network" : "networks";
    this.program =
        new NativeProgram(manager, LISTS, NativeProgram.script(script, activation.script()));
    try (IValue into = NativeProgram.arrays(layout.parameters(parameters));
        IValue gradients = NativeProgram.arrays(layout.parameters(gradient));
        IValue unused = program.run("hold", into, gradients)) {}
    if (candidates.guest()) {
      try (IValue into = NativeProgram.arrays(layout.guests(parameters));
          IValue gradients = NativeProgram.arrays(layout.guests(gradient));
          IValue unused = program.run("hold_guest", into, gradients)) {}
    }
  }

  @Override
  public StackedLayout layout() {
    return layout;
  }

  @Override
  public NDArray parameters() {
    return parameters;
  }

  @Override
  public @Nullable NDArray averages() {
    return averages;
  }

  @Override
  public void updated() {
    // The layers are views of the flat array.
  }

  /** The layers as they are now, from the inputs to the classes, of each candidate. */
  List<List<Dense>> layers() {
    int rates = layout.candidates().rates();
    float[] served = parameters.toFloatArray();
    List<List<Dense>> all = new ArrayList<>(layers(served, 0, rates));
    if (averages != null) {
      served = averages.toFloatArray();
      all.addAll(layers(served, 0, rates));
    }
    all.addAll(layers(served, rates, layout.networks()));
    return all;
  }

  private List<List<Dense>> layers(float[] flat, int from, int to) {
    List<List<Dense>> all = new ArrayList<>();
    for (int network = from; network < to; network++) {
      int at = network * layout.apart();
      List<ParameterLayout.Slot> slots = layout.of(network).slots();
      List<Dense> dense = new ArrayList<>();
      for (int layer = 0; layer < slots.size(); layer += 2) {
        List<Long> shape = slots.get(layer).shape();
        dense.add(
            new Dense(
                Math.toIntExact(shape.get(1)),
                Math.toIntExact(shape.get(0)),
                flat,
                at + slots.get(layer).from(),
                flat,
                at + slots.get(layer + 1).from()));
      }
      all.add(dense);
    }
    return all;
  }

  @Override
  public void forward(DirectFloats input, DirectFloats scores, long step) {
    int rows = (int) input.array().getShape().get(0);
    runWith(
        dropout.factors(layers.hidden(), rows, step),
        factors -> program.run("forward", input.argument(), byNetwork(scores), factors));
  }

  @Override
  public NDArray backward(DirectFloats derivatives) {
    int rows = (int) derivatives.array().getShape().get(0) / layout.networks();
    if (embedded != null) {
      embedded.floats(rows, embeddedWidth);
    }
    runWith(
        embedded == null ? List.of() : List.of(embedded.array()),
        receiving -> program.run("backward", byNetwork(derivatives), receiving));
    return gradient;
  }

  /** Most often there are none: a list of none is made once. */
  private void runWith(List<NDArray> arrays, UnaryOperator<IValue> call) {
    if (arrays.isEmpty()) {
      call.apply(none).close();
      return;
    }
    try (IValue list = NativeProgram.arrays(arrays)) {
      call.apply(list).close();
    }
  }

  /** Scores, or their derivatives, as the script takes them. */
  private IValue byNetwork(DirectFloats scores) {
    return layout.networks() == 1
        ? scores.argument()
        : scores.stacked(layout.candidates().rates(), layout.networks());
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
    none.close();
    manager.close();
  }
}
