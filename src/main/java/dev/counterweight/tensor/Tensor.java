package dev.counterweight.tensor;

import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * A dense, row-major tensor on the Java heap. The array belongs to the tensor and is not copied:
 * who hands it in or takes it out must not write to it afterwards.
 */
public sealed interface Tensor {

  /** The array. */
  Object values();

  /** Sizes of the dimensions; an empty list is a scalar. */
  List<Long> shape();

  /** The values as files hold them: little-endian. */
  default byte[] toBytes() {
    Dtype dtype = Dtype.of(this);
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(dtype.bytes, Array.getLength(values())))
            .order(ByteOrder.LITTLE_ENDIAN);
    dtype.write(this, bytes);
    return bytes.array();
  }

  /** 32-bit floats. */
  @SuppressWarnings("ArrayRecordComponent")
  record F32(float[] values, List<Long> shape) implements Tensor {
    public F32(float[] values, long... shape) {
      this(values, Tensor.dims(shape));
    }
  }

  /** 64-bit floats. */
  @SuppressWarnings("ArrayRecordComponent")
  record F64(double[] values, List<Long> shape) implements Tensor {
    public F64(double[] values, long... shape) {
      this(values, Tensor.dims(shape));
    }
  }

  /** 64-bit integers. */
  @SuppressWarnings("ArrayRecordComponent")
  record I64(long[] values, List<Long> shape) implements Tensor {
    public I64(long[] values, long... shape) {
      this(values, Tensor.dims(shape));
    }
  }

  /** 32-bit integers. */
  @SuppressWarnings("ArrayRecordComponent")
  record I32(int[] values, List<Long> shape) implements Tensor {
    public I32(int[] values, long... shape) {
      this(values, Tensor.dims(shape));
    }
  }

  /** Bytes, unsigned. */
  @SuppressWarnings("ArrayRecordComponent")
  record U8(byte[] values, List<Long> shape) implements Tensor {
    public U8(byte[] values, long... shape) {
      this(values, Tensor.dims(shape));
    }
  }

  private static List<Long> dims(long... shape) {
    return Arrays.stream(shape).boxed().toList();
  }
}
