package dev.counterweight.learning;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.counterweight.protocol.FailureException;
import java.io.ByteArrayOutputStream;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The user's own TorchScript module, whose gradient PyTorch works out. Those of its parameters that
 * require a gradient are trained; what else it holds stays as it is in the file.
 *
 * <p>A module that changes more than its parameters while it is trained is refused: a checkpoint
 * holds parameters only, so it would not come back as it was. Whatever the module draws at random
 * is drawn by (seed, step), and PyTorch's graph optimiser is off, which would compute a thread's
 * first passes another way than the later ones.
 */
final class ScriptedModel implements TrainedModel {
  private static final int PROBE_ROWS = 4;

  private final PtNDManager manager;
  private final PtSymbolBlock module;
  private final List<PtNDArray> trained;
  private final ParameterLayout layout;
  private final NDArray parameters;
  private final List<NDArray> views;
  private final long seed;
  private final DirectFloats evaluated = new DirectFloats();
  private @Nullable Pass pass;

  /**
   * Loads a module and tries it.
   *
   * @throws FailureException if it cannot be loaded, has no trainable parameters, takes other than
   *     rows x {@code features} or gives other than rows x {@code classes}, or changes more than
   *     its parameters in training; shapes are named
   */
  ScriptedModel(NDManager parent, Path file, int features, int classes, long seed) {
    this.manager = (PtNDManager) parent.newSubManager();
    this.seed = seed;
    try {
      this.module = load(manager, file);
      this.trained = trainable(module, manager, file);
      this.layout = layout(trained);
      probe(file, features, classes);
      try (NDManager scratch = manager.newSubManager()) {
        this.parameters = DirectFloats.copy(manager, flat(scratch, trained).toFloatArray());
      }
      this.views = layout.views(parameters);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  @Override
  public StackedLayout layout() {
    return StackedLayout.alone(layout);
  }

  @Override
  public NDArray parameters() {
    return parameters;
  }

  @Override
  public void updated() {
    for (int i = 0; i < views.size(); i++) {
      trained.get(i).set(new NDIndex("..."), views.get(i));
    }
  }

  /**
   * Raw scores of rows, rows x K, as the model is used: nothing left out.
   *
   * @param rows n x F
   */
  float[] scores(float[] rows, int n) {
    evaluated.floats(n, rows.length / n).put(rows);
    JniUtils.enableInferenceMode(module);
    try (NDManager scratch = manager.newSubManager()) {
      NDArray scores = run(onDevice(scratch, evaluated), false).singletonOrThrow();
      return owned(scratch, scores).toFloatArray();
    }
  }

  @Override
  public void forward(DirectFloats input, DirectFloats scores, long step) {
    endPass();
    NDManager owner = manager.newSubManager();
    // PyTorch takes 32 bits of it.
    Engine.getEngine("PyTorch").setRandomSeed(Long.hashCode((seed + step) * APART));
    JniUtils.enableTrainingMode(module);
    NDArray result = trainingRun(onDevice(owner, input)).singletonOrThrow();
    pass = new Pass(owner, owned(owner, result));
    put(result, scores);
  }

  @Override
  public NDArray backward(DirectFloats derivatives) {
    Pass newest = Objects.requireNonNull(pass, "backward without forward");
    NDArray result = onDevice(newest.owner(), derivatives);
    JniUtils.backward((PtNDArray) newest.scores(), (PtNDArray) result, false, false);
    List<NDArray> gradients = new ArrayList<>(trained.size());
    for (PtNDArray parameter : trained) {
      gradients.add(owned(newest.owner(), parameter.getGradient()));
    }
    NDArray flat = flat(newest.owner(), gradients);
    trained.forEach(JniUtils::zeroGrad);
    return flat;
  }

  @Override
  public FloatBuffer embedded(int rows) {
    return FloatBuffer.allocate(0);
  }

  @Override
  public void close() {
    endPass();
    evaluated.close();
    trained.forEach(NDArray::close);
    module.close();
    manager.close();
  }

  private void endPass() {
    if (pass != null) {
      pass.owner().close();
      pass = null;
    }
  }

  private NDList trainingRun(NDArray input) {
    JniUtils.setGradMode(true);
    try {
      return run(input, true);
    } finally {
      JniUtils.setGradMode(false);
    }
  }

  private NDList run(NDArray input, boolean training) {
    JniUtils.setGraphExecutorOptimize(false);
    return IValueUtils.forward(module, new NDList(input), training);
  }

  /** The matrix where the module is: itself, or a copy that {@code owner} owns. */
  private NDArray onDevice(NDManager owner, DirectFloats matrix) {
    NDArray here = matrix.array();
    NDArray there = here.toDevice(manager.getDevice(), false);
    return there == here ? here : owned(owner, there);
  }

  /** What comes of an array would otherwise live as long as that array. */
  static NDArray owned(NDManager owner, NDArray array) {
    array.attach(owner);
    return array;
  }

  private static void put(NDArray values, DirectFloats into) {
    Shape shape = values.getShape();
    into.floats((int) shape.get(0), (int) shape.get(1)).put(values.toFloatArray());
  }

  /** A training pass that waits for its way back, or whose gradient is in use. */
  private record Pass(NDManager owner, NDArray scores) {}

  /** A copy of all values, owned by {@code owner}. */
  private static NDArray flat(NDManager owner, List<? extends NDArray> arrays) {
    List<NDArray> parts = new ArrayList<>(arrays.size());
    for (NDArray array : arrays) {
      parts.add(owned(owner, array.stopGradient().reshape(-1)));
    }
    return NDArrays.concat(new NDList(parts));
  }

  static PtSymbolBlock load(PtNDManager manager, Path file) {
    if (!Files.isReadable(file)) {
      throw new FailureException("model.file=%s: there is no such file to read".formatted(file));
    }
    try {
      return JniUtils.loadModule(manager, file, true, new String[0], new String[0], true);
    } catch (EngineException e) {
      throw new FailureException(
          "model.file=%s: PyTorch cannot load it as a TorchScript module: %s"
              .formatted(file, ModuleFile.whatElse(file).orElse(lastLine(e))),
          e);
    }
  }

  static List<PtNDArray> trainable(PtSymbolBlock module, PtNDManager manager, Path file) {
    List<PtNDArray> trainable = new ArrayList<>();
    for (NDArray parameter : JniUtils.moduleGetParams(module, manager)) {
      if (parameter.hasGradient()) {
        trainable.add((PtNDArray) parameter);
        if (parameter.getDataType() != DataType.FLOAT32) {
          throw new FailureException(
              "model.file=%s: parameter %s is of %s: only float32 can be trained"
                  .formatted(file, parameter.getName(), parameter.getDataType()));
        }
      }
    }
    if (trainable.isEmpty()) {
      throw new FailureException(
          "model.file=%s: it has no parameter that requires a gradient: nothing to train"
              .formatted(file));
    }
    return trainable;
  }

  private void probe(Path file, int features, int classes) {
    byte[] before = written();
    try (NDManager scratch = manager.newSubManager()) {
      NDArray input = scratch.randomNormal(new Shape(PROBE_ROWS, features));
      NDList output;
      try {
        JniUtils.enableTrainingMode(module);
        output = trainingRun(input);
      } catch (EngineException e) {
        throw new FailureException(
            "model.file=%s: it does not take %d rows of this job's %d features, shape [%d, %d]; its parameters: %s; PyTorch says: %s"
                .formatted(file, PROBE_ROWS, features, PROBE_ROWS, features, shapes(), lastLine(e)),
            e);
      }
      if (output.size() != 1 || !output.get(0).getShape().equals(new Shape(PROBE_ROWS, classes))) {
        throw new FailureException(
            "model.file=%s: for %d rows it gives %s: this job needs one tensor of shape [%d, %d], a score for each of its %d classes"
                .formatted(file, PROBE_ROWS, shapes(output), PROBE_ROWS, classes, classes));
      }
    }
    if (!Arrays.equals(before, written())) {
      throw new FailureException(
          "model.file=%s: in training it changes more than its parameters, as BatchNorm does with its running statistics: a checkpoint could not bring it back; use LayerNorm or GroupNorm, or freeze it"
              .formatted(file));
    }
  }

  /** The module as it would be saved. */
  private byte[] written() {
    JniUtils.enableTrainingMode(module);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    JniUtils.writeModule(module, out, false);
    return out.toByteArray();
  }

  private static ParameterLayout layout(List<PtNDArray> parameters) {
    return ParameterLayout.of(
        parameters.stream()
            .map(
                p ->
                    Map.entry(p.getName(), Arrays.stream(p.getShape().getShape()).boxed().toList()))
            .toList());
  }

  private String shapes() {
    return layout.slots().stream()
        .map(slot -> slot.name() + " " + slot.shape())
        .collect(Collectors.joining(", "));
  }

  private static String shapes(NDList output) {
    return output.stream()
        .map(array -> Arrays.toString(array.getShape().getShape()))
        .collect(Collectors.joining(" and "));
  }

  private static String lastLine(EngineException e) {
    // PyTorch's messages begin with the module's own trace; what went wrong stands in its last
    // line.
    return String.valueOf(e.getMessage()).strip().lines().reduce((a, b) -> b).orElse("");
  }
}
