package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;

/** A flat array of an optimiser's moments, kept clear of denormal numbers. */
final class Moments {
  private Moments() {}

  /** Steps between sweeps: by step count, never by time, so that a resumed run sweeps alike. */
  static final int SWEEP_STEPS = 512;

  /**
   * Sets values smaller than {@code least} to zero in place. Moments of features that are always
   * zero decay into denormals, which make every later operation on them about ten times slower.
   */
  static void sweep(NDArray moments, float least) {
    try (NDArray size = moments.abs();
        NDArray large = size.gt(least);
        NDArray keep = large.toType(DataType.FLOAT32, false)) {
      moments.muli(keep);
    }
  }

  /** Puts other values in place. */
  static void assign(NDManager manager, NDArray moments, float[] values) {
    try (NDArray fresh = DirectFloats.copy(manager, values)) {
      moments.set(new NDIndex(":"), fresh);
    }
  }
}
