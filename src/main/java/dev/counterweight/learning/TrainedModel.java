package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.counterweight.config.ModelConfig;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A model whose trainable parameters are one flat array: an optimiser's update is then a native
 * call, whatever the number of layers. It may be several networks side by side.
 *
 * <p>Owns its arrays until closed. Not thread-safe.
 */
sealed interface TrainedModel extends Stateful, AutoCloseable permits Network, ScriptedModel {
  /** Between the seeds of networks, and of steps: odd, and not the generator's own. */
  long APART = 0xD1342543DE82EF95L;

  /**
   * The model as a job configures it, with its initial parameters.
   *
   * @param inputs width of a row as the model sees it
   * @param embedded of the inputs, the last so many get a gradient too
   * @throws dev.counterweight.protocol.FailureException if it is the user's and does not fit
   */
  static TrainedModel of(
      ModelConfig config, NDManager manager, int inputs, int embedded, int classes, long seed) {
    if (config.kind() == ModelConfig.Kind.TORCHSCRIPT) {
      Path file = Objects.requireNonNull(config.file(), "model.file");
      return new ScriptedModel(manager, file, inputs, classes, seed);
    }
    List<Integer> sizes = new ArrayList<>();
    sizes.add(inputs);
    if (config.kind() == ModelConfig.Kind.MLP) {
      sizes.addAll(config.hidden());
    }
    sizes.add(classes);
    Layers layers = new Layers(sizes);
    return new Network(
        manager,
        layers,
        config.candidates(),
        HiddenActivation.of(config.activation()),
        new Dropout(config.dropout(), seed),
        embedded,
        IntStream.range(0, config.rates().size())
            .mapToObj(network -> layers.initial(new SplittableRandom(seed + network * APART)))
            .toList());
  }

  /** Names and places of the parameters. */
  StackedLayout layout();

  /** The flat parameters: update them in place, then call {@link #updated}. */
  NDArray parameters();

  /** The networks' moving averages, flat as the parameters are; null if there are none. */
  default @Nullable NDArray averages() {
    return null;
  }

  /** The parameters, and averages, by their names. */
  @Override
  default void declare(State state) {
    layout().declare(state, layout().candidates()::ofNetwork, "", parameters());
    NDArray averages = averages();
    if (averages != null) {
      layout().declare(state, layout().candidates()::ofAverage, "", averages);
    }
    state.restored(this::updated);
  }

  /** Takes note that the parameters have changed. */
  void updated();

  /**
   * A training pass, to be followed by {@link #backward}.
   *
   * @param input rows x F, not to be changed until then
   * @param scores receives raw scores, of each network in turn rows x K
   * @param step what chance depends on beside the seed
   */
  void forward(DirectFloats input, DirectFloats scores, long step);

  /**
   * The gradient of the loss with respect to the parameters, flat; the model's, and good until its
   * next pass.
   *
   * @param derivatives of the loss with respect to the raw scores of the newest training pass
   */
  NDArray backward(DirectFloats derivatives);

  /**
   * The gradient of the loss with respect to the embedded inputs, as of the newest {@link
   * #backward}, the mean over the networks but for a guest; the model's, and good until the next.
   *
   * @param rows of that pass
   * @return rows x embedded, row-major; empty if none are
   */
  FloatBuffer embedded(int rows);

  @Override
  void close();
}
