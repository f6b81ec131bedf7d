package dev.counterweight.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;

/**
 * A reused block of native memory that libtorch reads in place on the CPU. It starts at a multiple
 * of 64 bytes, because vectorised kernels may round differently at other alignments, and a resumed
 * run must not.
 */
final class DirectFloats {
  private static final int ALIGNMENT = 64;

  private ByteBuffer bytes = allocate(0);

  /** A buffer of exactly {@code size} floats; what it held before is undefined. */
  FloatBuffer floats(int size) {
    if (bytes.capacity() < size * Float.BYTES) {
      bytes = allocate(Math.max(size, bytes.capacity() / Float.BYTES * 2));
    }
    return slice(size).asFloatBuffer();
  }

  /**
   * An array over the first values of the buffer. It is read in place on the CPU: neither change
   * the buffer nor ask it for more floats while the array is in use.
   */
  NDArray array(NDManager manager, long rows, long columns) {
    return manager.create(
        slice((int) (rows * columns)), new Shape(rows, columns), DataType.FLOAT32);
  }

  /** An array of its own memory, aligned, holding {@code values}. */
  static NDArray copy(NDManager manager, float[] values) {
    DirectFloats own = new DirectFloats();
    own.floats(values.length).put(values);
    return manager.create(own.slice(values.length), new Shape(values.length), DataType.FLOAT32);
  }

  private ByteBuffer slice(int size) {
    return bytes.slice(0, size * Float.BYTES).order(ByteOrder.nativeOrder());
  }

  private static ByteBuffer allocate(int size) {
    // One alignment unit more than needed, so that the aligned slice is never too short.
    return ByteBuffer.allocateDirect((size * Float.BYTES / ALIGNMENT + 2) * ALIGNMENT)
        .alignedSlice(ALIGNMENT);
  }
}
