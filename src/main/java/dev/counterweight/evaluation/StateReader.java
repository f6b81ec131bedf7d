package dev.counterweight.evaluation;

import dev.counterweight.batch.Tensor;
import java.util.SortedMap;

/**
 * Reads tensors of known sizes out of an exported state; each method throws
 * IllegalArgumentException, naming the tensor, if it is missing or of another type or size.
 */
record StateReader(SortedMap<String, Tensor> state, String prefix) {

  boolean has(String name) {
    return state.containsKey(prefix + name);
  }

  /** Values of a tensor of I64. */
  int size(String name) {
    return state.get(prefix + name) instanceof Tensor.I64 tensor
        ? tensor.values().length
        : longs(name, 0).length;
  }

  void into(String name, double[] target) {
    System.arraycopy(doubles(name, target.length), 0, target, 0, target.length);
  }

  double[] doubles(String name, int length) {
    if (state.get(prefix + name) instanceof Tensor.F64 tensor && tensor.values().length == length) {
      return tensor.values();
    }
    throw misfit(name, "F64", length);
  }

  float[] floats(String name, int length) {
    if (state.get(prefix + name) instanceof Tensor.F32 tensor && tensor.values().length == length) {
      return tensor.values();
    }
    throw misfit(name, "F32", length);
  }

  long[] longs(String name, int length) {
    if (state.get(prefix + name) instanceof Tensor.I64 tensor && tensor.values().length == length) {
      return tensor.values();
    }
    throw misfit(name, "I64", length);
  }

  private IllegalArgumentException misfit(String name, String type, int length) {
    return new IllegalArgumentException(
        "state '%s%s' must be %s of %d values".formatted(prefix, name, type, length));
  }
}
