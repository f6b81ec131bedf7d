package dev.counterweight.exporting;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.counterweight.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Map;

/**
 * The attributes of a module in Python's pickle, protocol 2, as PyTorch writes them. Not
 * thread-safe.
 */
final class Pickle {
  static final byte[] EMPTY_TUPLE = {(byte) 0x80, 2, ')', '.'};

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Begins an object of a class of the archive's code. */
  Pickle begin(String name) {
    return codes("\u0080\u0002c__torch__\n" + name + "\n)\u0081}(");
  }

  /** Names an attribute, whose value is next. */
  Pickle key(String name) {
    return text(name);
  }

  Pickle no() {
    return codes("\u0089");
  }

  /** A List[str]. */
  Pickle texts(List<String> values) {
    codes("ctorch.jit._pickle\nrestore_type_tag\n(](");
    values.forEach(this::text);
    return codes("e").text("List[str]").codes("tR");
  }

  /** A Dict[str, str]. */
  Pickle texts(Map<String, String> values) {
    codes("ctorch.jit._pickle\nrestore_type_tag\n(}(");
    values.forEach((key, value) -> text(key).text(value));
    return codes("u").text("Dict[str, str]").codes("tR");
  }

  /**
   * A tensor.
   *
   * @param file of the archive's folder {@code data} that has its values
   */
  Pickle tensor(Tensor tensor, String file) {
    codes("ctorch._utils\n_rebuild_tensor_v2\n((").text("storage");
    codes("ctorch\n" + storage(tensor) + "\n").text(file).text("cpu");
    number(tensor.shape().stream().reduce(1L, (a, b) -> a * b)).codes("tQ");
    number(0).codes("(");
    tensor.shape().forEach(this::number);
    codes("t(");
    for (int d = 0; d < tensor.shape().size(); d++) {
      number(tensor.shape().stream().skip(d + 1L).reduce(1L, (a, b) -> a * b));
    }
    return codes("t\u0089ccollections\nOrderedDict\n)RtR");
  }

  byte[] end() {
    codes("ub.");
    return out.toByteArray();
  }

  private static String storage(Tensor tensor) {
    if (tensor instanceof Tensor.F32) {
      return "FloatStorage";
    }
    return tensor instanceof Tensor.F64 ? "DoubleStorage" : "LongStorage";
  }

  private Pickle text(String text) {
    byte[] bytes = text.getBytes(UTF_8);
    return codes("X").four(bytes.length).write(bytes);
  }

  /** A number of 32 bits: more values no tensor of a model has. */
  private Pickle number(long value) {
    return codes("J").four(Math.toIntExact(value));
  }

  private Pickle four(int value) {
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      out.write(value >> shift);
    }
    return this;
  }

  private Pickle codes(String codes) {
    return write(codes.getBytes(ISO_8859_1));
  }

  private Pickle write(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }
}
