package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
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
import dev.counterweight.serving.RawScores;
import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;

/**
 * Raw scores by the user's own TorchScript module, with a checkpoint's parameters in place of the
 * file's. Several threads may score at once: a pass changes nothing of the module.
 *
 * <p>Owns native memory until closed; that of a pass is freed with it.
 */
final class ScriptedScores implements RawScores {
  private final PtNDManager manager;
  private final PtSymbolBlock module;
  private final int columns;
  private final int classes;

  /**
   * @throws dev.counterweight.protocol.FailureException if the file cannot be loaded
   * @throws MalformedTensorsException if the parameters are not those of the module, or it gives
   *     other than rows x classes
   */
  ScriptedScores(Path file, String device, SafeTensors parameters, int columns, int classes) {
    this.manager = ComputeDevice.manager(device);
    this.columns = columns;
    this.classes = classes;
    try {
      this.module = ScriptedModel.load(manager, file);
      take(parameters, ScriptedModel.trainable(module, manager, file));
      JniUtils.enableInferenceMode(module);
      worker().score(new float[columns], 0, 1, new float[classes], 0);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private void take(SafeTensors parameters, List<PtNDArray> trained) {
    TreeSet<String> others = new TreeSet<>(parameters.tensors().keySet());
    try (NDManager scratch = manager.newSubManager()) {
      for (PtNDArray parameter : trained) {
        Shape shape = parameter.getShape();
        float[] values = parameters.floats(parameter.getName(), shape.getShape());
        parameter.set(new NDIndex("..."), scratch.create(values, shape));
        others.remove(parameter.getName());
      }
    }
    if (!others.isEmpty()) {
      throw new MalformedTensorsException(
          "tensors %s are none of the module's that model.file names".formatted(others));
    }
  }

  @Override
  public Worker worker() {
    return new Pass();
  }

  @Override
  public boolean isNative() {
    return true;
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }

  private final class Pass implements Worker {
    /** The garbage collector frees it with this. */
    private ByteBuffer input = DirectFloats.allocate(0);

    @Override
    public void score(float[] rows, int at, int n, float[] scores, int to) {
      int size = n * columns;
      if (input.capacity() < size * Float.BYTES) {
        input = DirectFloats.allocate(size);
      }
      ByteBuffer own = DirectFloats.slice(input, size);
      own.asFloatBuffer().put(rows, at, size);
      try (NDManager scratch = manager.newSubManager()) {
        NDArray host = scratch.create(own, new Shape(n, columns), DataType.FLOAT32);
        NDArray there = ScriptedModel.owned(scratch, host.toDevice(manager.getDevice(), false));
        NDArray result = ScriptedModel.owned(scratch, pass(there));
        if (!result.getShape().equals(new Shape(n, classes))) {
          throw new MalformedTensorsException(
              "the module that model.file names gives %s for %d rows: must give [%d, %d]"
                  .formatted(result.getShape(), n, n, classes));
        }
        System.arraycopy(result.toFloatArray(), 0, scores, to, n * classes);
      }
    }

    private NDArray pass(NDArray input) {
      // Both are the thread's, and on at first.
      JniUtils.setGraphExecutorOptimize(false);
      JniUtils.setGradMode(false);
      return IValueUtils.forward(module, new NDList(input), false).singletonOrThrow();
    }
  }
}
