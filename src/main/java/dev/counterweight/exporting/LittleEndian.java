package dev.counterweight.exporting;

import dev.counterweight.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The bytes of a tensor's values, as both forms of file hold them. Stateless. */
final class LittleEndian {
  private LittleEndian() {}

  static byte[] bytes(Tensor tensor) {
    if (tensor instanceof Tensor.F32 floats) {
      ByteBuffer buffer = buffer(Float.BYTES * (long) floats.values().length);
      buffer.asFloatBuffer().put(floats.values());
      return buffer.array();
    }
    if (tensor instanceof Tensor.F64 doubles) {
      ByteBuffer buffer = buffer(Double.BYTES * (long) doubles.values().length);
      buffer.asDoubleBuffer().put(doubles.values());
      return buffer.array();
    }
    long[] values = ((Tensor.I64) tensor).values();
    ByteBuffer buffer = buffer(Long.BYTES * (long) values.length);
    buffer.asLongBuffer().put(values);
    return buffer.array();
  }

  private static ByteBuffer buffer(long bytes) {
    return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
  }
}
