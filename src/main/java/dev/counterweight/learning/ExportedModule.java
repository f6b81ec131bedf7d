package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.IValueUtils;
import ai.djl.pytorch.jni.JniUtils;
import dev.counterweight.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * An exported TorchScript module, run by libtorch: features in by name, probabilities and decisions
 * out. Owns native memory until closed. Not thread-safe.
 */
public final class ExportedModule implements AutoCloseable {
  private final PtNDManager manager;
  private final PtSymbolBlock module;

  /**
   * @throws ai.djl.engine.EngineException if libtorch cannot load it
   */
  public ExportedModule(byte[] file) {
    this.manager = ComputeDevice.manager("cpu");
    try {
      this.module = JniUtils.loadModule(manager, new ByteArrayInputStream(file), false, false);
    } catch (IOException e) {
      throw new UncheckedIOException("bytes in memory could not be read", e);
    }
  }

  /** What a module tells of rows: K probabilities each, row-major, and the class decided for. */
  @SuppressWarnings("ArrayRecordComponent")
  public record Told(float[] probabilities, long[] decisions) {}

  /**
   * Scores rows.
   *
   * @param features by name
   */
  public Told run(Map<String, ? extends Tensor> features) {
    try (NDManager scratch = manager.newSubManager()) {
      Map<String, PtNDArray> arrays = new HashMap<>();
      features.forEach((name, values) -> arrays.put(name, array(scratch, values)));
      try (IValue given = IValue.stringMapFrom(arrays);
          IValue told = IValueUtils.runMethod(module, "forward", given)) {
        IValue[] both = told.toIValueTuple();
        try (IValue probabilities = both[0];
            IValue decisions = both[1]) {
          NDArray p = ScriptedModel.owned(scratch, probabilities.toTensor(manager));
          NDArray d = ScriptedModel.owned(scratch, decisions.toTensor(manager));
          return new Told(p.toFloatArray(), d.toLongArray());
        }
      }
    }
  }

  private static PtNDArray array(NDManager owner, Tensor tensor) {
    Shape shape = new Shape(tensor.shape());
    return (PtNDArray)
        (tensor instanceof Tensor.F32 floats
            ? owner.create(FloatBuffer.wrap(floats.values()), shape)
            : owner.create(LongBuffer.wrap(((Tensor.I64) tensor).values()), shape));
  }

  @Override
  public void close() {
    module.close();
    manager.close();
  }
}
