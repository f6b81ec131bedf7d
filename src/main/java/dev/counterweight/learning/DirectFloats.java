package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.jni.IValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A matrix in native memory that the JVM and libtorch read and write in place, for use again and
 * again. It starts at a multiple of 64 bytes, because vectorised kernels may round differently at
 * other alignments, and a resumed run must not.
 *
 * <p>The memory is the host's, whatever the device. Owns its array until closed. Not thread-safe.
 */
final class DirectFloats implements AutoCloseable {
  private static final int ALIGNMENT = 64;

  private final NDManager manager;
  private ByteBuffer bytes = allocate(0);
  private int rows;
  private int columns;
  private @Nullable NDArray array;
  private @Nullable IValue argument;
  private @Nullable IValue stacked;
  private Stack stack = new Stack(0, 0);

  /** How many of all matrices make one array. */
  private record Stack(int first, int all) {}

  DirectFloats() {
    this.manager = ComputeDevice.manager("cpu");
  }

  /**
   * The values, row-major, of a matrix of this shape from now on; what they are is undefined. What
   * {@link #array} and {@link #argument} gave for another shape is closed.
   */
  FloatBuffer floats(int rows, int columns) {
    if (array == null || this.rows != rows || this.columns != columns) {
      release();
      this.rows = rows;
      this.columns = columns;
      int size = Math.multiplyExact(rows, columns);
      if (bytes.capacity() < size * Float.BYTES) {
        bytes = allocate(Math.max(size, bytes.capacity() / Float.BYTES * 2));
      }
    }
    return slice(bytes, rows * columns).asFloatBuffer();
  }

  /** The matrix as an array, which stays this object's. */
  NDArray array() {
    if (array == null) {
      array =
          manager.create(slice(bytes, rows * columns), new Shape(rows, columns), DataType.FLOAT32);
    }
    return array;
  }

  /** The matrix as an argument of a {@link NativeProgram}, which stays this object's. */
  IValue argument() {
    if (argument == null) {
      argument = NativeProgram.array(array());
    }
    return argument;
  }

  /**
   * The matrix as an argument of a {@link NativeProgram}, a list that stays this object's: of all
   * the matrices that it consists of, the first as one of three dimensions, then the others, if
   * there are any, as one of two.
   */
  IValue stacked(int first, int all) {
    Stack asked = new Stack(first, all);
    if (stacked == null || !asked.equals(stack)) {
      releaseStacked();
      stack = asked;
      stacked = stack(first, all);
    }
    return stacked;
  }

  private IValue stack(int first, int all) {
    int each = rows / all;
    try (NDArray firstRows = array().get(new NDIndex("0:{}", first * each));
        NDArray matrices = firstRows.reshape(first, each, columns);
        NDArray others = array().get(new NDIndex("{}:{}", Math.min(first, all - 1) * each, rows))) {
      return NativeProgram.arrays(first < all ? List.of(matrices, others) : List.of(matrices));
    }
  }

  private void releaseStacked() {
    if (stacked != null) {
      stacked.close();
      stacked = null;
    }
  }

  /** An array of its own memory, aligned, holding {@code values}. */
  static NDArray copy(NDManager manager, float[] values) {
    ByteBuffer own = slice(allocate(values.length), values.length);
    own.asFloatBuffer().put(values);
    return manager.create(own, new Shape(values.length), DataType.FLOAT32);
  }

  /** Puts other values in an array's place. */
  static void assign(NDArray array, float[] values) {
    try (NDArray fresh = copy(array.getManager(), values)) {
      array.set(new NDIndex(":"), fresh);
    }
  }

  @Override
  public void close() {
    release();
    manager.close();
  }

  private void release() {
    releaseStacked();
    if (argument != null) {
      argument.close();
      argument = null;
    }
    if (array != null) {
      array.close();
      array = null;
    }
  }

  /** The first of its values. */
  static ByteBuffer slice(ByteBuffer bytes, int size) {
    return bytes.slice(0, size * Float.BYTES).order(ByteOrder.nativeOrder());
  }

  /** Aligned memory for so many values, at least. */
  static ByteBuffer allocate(int size) {
    // One alignment unit more than needed, so that the aligned slice is never too short.
    return ByteBuffer.allocateDirect((size * Float.BYTES / ALIGNMENT + 2) * ALIGNMENT)
        .alignedSlice(ALIGNMENT);
  }
}
