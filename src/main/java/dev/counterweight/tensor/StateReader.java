package dev.counterweight.tensor;

import java.util.SortedMap;

/**
 * Reads tensors of known sizes out of an exported state; each method throws
 * IllegalArgumentException, naming the tensor, if it is missing or of another type or size.
 */
public record StateReader(SortedMap<String, Tensor> state, String prefix) {

  public boolean has(String name) {
    return state.containsKey(prefix + name);
  }

  /** Values of a tensor of I64. */
  public int size(String name) {
    return state.get(prefix + name) instanceof Tensor.I64 tensor
        ? tensor.values().length
        : longs(name, 0).length;
  }

  public void into(String name, double[] target) {
    System.arraycopy(doubles(name, target.length), 0, target, 0, target.length);
  }

  public double[] doubles(String name, int length) {
    if (state.get(prefix + name) instanceof Tensor.F64 tensor && tensor.values().length == length) {
      return tensor.values();
    }
    throw misfit(name, "F64", length);
  }

  public float[] floats(String name, int length) {
    if (state.get(prefix + name) instanceof Tensor.F32 tensor && tensor.values().length == length) {
      return tensor.values();
    }
    throw misfit(name, "F32", length);
  }

  public long[] longs(String name, int length) {
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
