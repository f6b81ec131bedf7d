package dev.counterweight.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A safetensors file in memory: named tensors and string metadata. The same content always gives
 * the same bytes, and any safetensors reader accepts them: tensors lie without gaps, the widest
 * element types first, then by name, behind a header padded to eight bytes.
 *
 * <p>Layout, little-endian: u64 header length, JSON header, data. Format:
 * https://github.com/huggingface/safetensors
 *
 * <p>Values are read by type, name and shape; a shape has {@link #ANY} where a size is free, and
 * none given is any shape. Who asks for a tensor that is missing or of another form gets a {@link
 * MalformedTensorsException} that names it, its form and the one wanted.
 *
 * @param tensors by name; names are not empty and not {@code __metadata__}
 * @param metadata by key
 */
public record SafeTensors(SortedMap<String, Tensor> tensors, SortedMap<String, String> metadata) {
  /** A size that is free. */
  public static final long ANY = -1;

  public SafeTensors {
    tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
    metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
  }

  /** Without metadata. */
  public SafeTensors(SortedMap<String, Tensor> tensors) {
    this(tensors, new TreeMap<>());
  }

  /** The file's bytes. */
  public byte[] toBytes() {
    var header = SafeTensorsHeader.of(this);
    byte[] json = header.toJson();
    long size = Long.BYTES + json.length + header.dataBytes();
    if (size > Integer.MAX_VALUE - 8) {
      throw new MalformedTensorsException(
          "a safetensors file of " + size + " bytes: at most 2 GiB are supported");
    }
    byte[] bytes = new byte[(int) size];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(json.length).put(json);
    for (SafeTensorsHeader.Entry entry : header.entries()) {
      ByteBuffer data = data(bytes, Long.BYTES + json.length, entry);
      entry.dtype().write(tensor(entry.name()), data);
    }
    return bytes;
  }

  /**
   * Reads a file whole.
   *
   * @throws MalformedTensorsException if the header is not valid, an element type is not one of
   *     F32, F64, I64, I32, U8, or the tensors do not fill the data exactly
   */
  public static SafeTensors parse(byte[] bytes) {
    SafeTensorsHeader header = SafeTensorsHeader.parse(bytes);
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    for (SafeTensorsHeader.Entry entry : header.entries()) {
      ByteBuffer data = data(bytes, header.dataStart(), entry);
      tensors.put(entry.name(), entry.dtype().read(data, entry.shape()));
    }
    return new SafeTensors(tensors, header.metadata());
  }

  /**
   * Reads a file's metadata alone, without touching its data.
   *
   * @throws MalformedTensorsException as {@link #parse}
   */
  public static SortedMap<String, String> metadata(byte[] bytes) {
    return SafeTensorsHeader.parse(bytes).metadata();
  }

  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new MalformedTensorsException(
          "tensor '" + name + "' is missing; there are " + tensors.keySet());
    }
    return tensor;
  }

  public float[] floats(String name, long... shape) {
    return tensor(name, Tensor.F32.class, shape).values();
  }

  public double[] doubles(String name, long... shape) {
    return tensor(name, Tensor.F64.class, shape).values();
  }

  public long[] longs(String name, long... shape) {
    return tensor(name, Tensor.I64.class, shape).values();
  }

  public int[] ints(String name, long... shape) {
    return tensor(name, Tensor.I32.class, shape).values();
  }

  public byte[] bytes(String name, long... shape) {
    return tensor(name, Tensor.U8.class, shape).values();
  }

  /**
   * Demands the same tensors, of the same types and shapes.
   *
   * @throws MalformedTensorsException naming every one that differs
   */
  public void requireForm(SortedMap<String, Tensor> wanted) {
    List<String> differences = new ArrayList<>();
    SortedSet<String> names = new TreeSet<>(wanted.keySet());
    names.addAll(tensors.keySet());
    for (String name : names) {
      Tensor is = tensors.get(name);
      Tensor must = wanted.get(name);
      if (is == null) {
        differences.add("tensor '%s' is missing".formatted(name));
      } else if (must == null) {
        differences.add("tensor '%s' is none of this model's".formatted(name));
      } else if (!form(is).equals(form(must))) {
        differences.add("tensor '%s' is %s and must be %s".formatted(name, form(is), form(must)));
      }
    }
    if (!differences.isEmpty()) {
      throw new MalformedTensorsException(String.join("; ", differences));
    }
  }

  private <T extends Tensor> T tensor(String name, Class<T> type, long... shape) {
    Tensor tensor = tensor(name);
    if (type.isInstance(tensor) && fits(tensor.shape(), shape)) {
      return type.cast(tensor);
    }
    throw new MalformedTensorsException(
        shape.length == 0
            ? "tensor '%s' is %s: must be %s"
                .formatted(name, Dtype.of(tensor), type.getSimpleName())
            : "tensor '%s' is %s and must be %s%s"
                .formatted(
                    name,
                    form(tensor),
                    type.getSimpleName(),
                    Arrays.toString(shape).replace(Long.toString(ANY), "any")));
  }

  private static boolean fits(List<Long> found, long... wanted) {
    boolean fits = wanted.length == 0 || found.size() == wanted.length;
    for (int i = 0; fits && i < wanted.length; i++) {
      fits = wanted[i] == ANY || found.get(i) == wanted[i];
    }
    return fits;
  }

  private static String form(Tensor tensor) {
    return Dtype.of(tensor).name() + tensor.shape();
  }

  private static ByteBuffer data(byte[] file, int start, SafeTensorsHeader.Entry entry) {
    return ByteBuffer.wrap(file, start + (int) entry.begin(), (int) entry.bytes())
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN);
  }
}
