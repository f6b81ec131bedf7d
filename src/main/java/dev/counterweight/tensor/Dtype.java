package dev.counterweight.tensor;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.IntFunction;

/** An element type, by the name that safetensors and {@link Tensor} give it. */
enum Dtype {
  F64(
      Double.BYTES,
      double[]::new,
      Tensor.F64::new,
      (b, v) -> b.asDoubleBuffer().get(v),
      (b, v) -> b.asDoubleBuffer().put(v)),
  F32(
      Float.BYTES,
      float[]::new,
      Tensor.F32::new,
      (b, v) -> b.asFloatBuffer().get(v),
      (b, v) -> b.asFloatBuffer().put(v)),
  I64(
      Long.BYTES,
      long[]::new,
      Tensor.I64::new,
      (b, v) -> b.asLongBuffer().get(v),
      (b, v) -> b.asLongBuffer().put(v)),
  I32(
      Integer.BYTES,
      int[]::new,
      Tensor.I32::new,
      (b, v) -> b.asIntBuffer().get(v),
      (b, v) -> b.asIntBuffer().put(v)),
  U8(1, byte[]::new, Tensor.U8::new, (b, v) -> b.get(v), (b, v) -> b.put(v));

  /** Of one element. */
  final int bytes;

  private final BiFunction<ByteBuffer, List<Long>, Tensor> reader;
  private final BiConsumer<ByteBuffer, Tensor> writer;

  @SuppressWarnings("unchecked")
  <A> Dtype(
      int bytes,
      IntFunction<A> array,
      BiFunction<A, List<Long>, Tensor> tensor,
      BiConsumer<ByteBuffer, A> get,
      BiConsumer<ByteBuffer, A> put) {
    this.bytes = bytes;
    this.reader =
        (from, shape) -> {
          A values = array.apply(from.remaining() / bytes);
          get.accept(from, values);
          return tensor.apply(values, shape);
        };
    this.writer = (to, from) -> put.accept(to, (A) from.values());
  }

  static Dtype of(Tensor tensor) {
    return valueOf(tensor.getClass().getSimpleName());
  }

  /** All that remains in {@code from}, which is in the file's byte order. */
  Tensor read(ByteBuffer from, List<Long> shape) {
    return reader.apply(from, shape);
  }

  void write(Tensor tensor, ByteBuffer to) {
    writer.accept(to, tensor);
  }
}
