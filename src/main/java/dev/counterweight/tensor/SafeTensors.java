package dev.counterweight.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A safetensors file in memory: named tensors and string metadata. The same content always gives
 * the same bytes, and any safetensors reader accepts them: tensors lie without gaps, the widest
 * element types first, then by name, behind a header padded to eight bytes.
 *
 * <p>Layout, little-endian: u64 header length, JSON header, data. Format:
 * https://github.com/huggingface/safetensors
 *
 * @param tensors by name; names are not empty and not {@code __metadata__}
 * @param metadata by key
 */
public record SafeTensors(SortedMap<String, Tensor> tensors, SortedMap<String, String> metadata) {

  public SafeTensors {
    tensors = Collections.unmodifiableSortedMap(new TreeMap<>(tensors));
    metadata = Collections.unmodifiableSortedMap(new TreeMap<>(metadata));
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
    ByteBuffer out = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(json.length).put(json);
    for (SafeTensorsHeader.Entry entry : header.entries()) {
      put(out, tensor(entry.name()));
    }
    return out.array();
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
      ByteBuffer data =
          ByteBuffer.wrap(bytes, header.dataStart() + (int) entry.begin(), (int) entry.bytes())
              .order(ByteOrder.LITTLE_ENDIAN);
      tensors.put(entry.name(), read(entry, data));
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

  /**
   * The tensor of that name.
   *
   * @throws MalformedTensorsException if there is none
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new MalformedTensorsException(
          "tensor '" + name + "' is missing; there are " + tensors.keySet());
    }
    return tensor;
  }

  /** The values of the F32 tensor of that name. */
  public float[] floats(String name) {
    if (tensor(name) instanceof Tensor.F32 t) {
      return t.values();
    }
    throw wrongType(name, "F32");
  }

  /** The values of the F32 tensor of that name, which must be {@code count} of them. */
  public float[] floats(String name, int count) {
    float[] values = floats(name);
    requireCount(name, values.length, count);
    return values;
  }

  /** The values of the F64 tensor of that name. */
  public double[] doubles(String name) {
    if (tensor(name) instanceof Tensor.F64 t) {
      return t.values();
    }
    throw wrongType(name, "F64");
  }

  /** The values of the F64 tensor of that name, which must be {@code count} of them. */
  public double[] doubles(String name, int count) {
    double[] values = doubles(name);
    requireCount(name, values.length, count);
    return values;
  }

  /** The values of the I64 tensor of that name. */
  public long[] longs(String name) {
    if (tensor(name) instanceof Tensor.I64 t) {
      return t.values();
    }
    throw wrongType(name, "I64");
  }

  /** The values of the I64 tensor of that name, which must be {@code count} of them. */
  public long[] longs(String name, int count) {
    long[] values = longs(name);
    requireCount(name, values.length, count);
    return values;
  }

  /** The values of the I32 tensor of that name. */
  public int[] ints(String name) {
    if (tensor(name) instanceof Tensor.I32 t) {
      return t.values();
    }
    throw wrongType(name, "I32");
  }

  /** The values of the U8 tensor of that name. */
  public byte[] bytes(String name) {
    if (tensor(name) instanceof Tensor.U8 t) {
      return t.values();
    }
    throw wrongType(name, "U8");
  }

  private static void requireCount(String name, int found, int wanted) {
    if (found != wanted) {
      throw new MalformedTensorsException(
          "tensor '%s' has %d values: must have %d".formatted(name, found, wanted));
    }
  }

  private MalformedTensorsException wrongType(String name, String wanted) {
    return new MalformedTensorsException(
        "tensor '"
            + name
            + "' is "
            + SafeTensorsHeader.dtype(tensor(name))
            + ": must be "
            + wanted);
  }

  private static void put(ByteBuffer out, Tensor tensor) {
    int at = out.position();
    if (tensor instanceof Tensor.F32 t) {
      out.asFloatBuffer().put(t.values());
      out.position(at + t.values().length * Float.BYTES);
    } else if (tensor instanceof Tensor.F64 t) {
      out.asDoubleBuffer().put(t.values());
      out.position(at + t.values().length * Double.BYTES);
    } else if (tensor instanceof Tensor.I64 t) {
      out.asLongBuffer().put(t.values());
      out.position(at + t.values().length * Long.BYTES);
    } else if (tensor instanceof Tensor.I32 t) {
      out.asIntBuffer().put(t.values());
      out.position(at + t.values().length * Integer.BYTES);
    } else if (tensor instanceof Tensor.U8 t) {
      out.put(t.values());
    }
  }

  private static Tensor read(SafeTensorsHeader.Entry entry, ByteBuffer data) {
    int n = (int) entry.elements();
    switch (entry.dtype()) {
      case "F32" -> {
        float[] values = new float[n];
        data.asFloatBuffer().get(values);
        return new Tensor.F32(values, entry.shape());
      }
      case "F64" -> {
        double[] values = new double[n];
        data.asDoubleBuffer().get(values);
        return new Tensor.F64(values, entry.shape());
      }
      case "I64" -> {
        long[] values = new long[n];
        data.asLongBuffer().get(values);
        return new Tensor.I64(values, entry.shape());
      }
      case "I32" -> {
        int[] values = new int[n];
        data.asIntBuffer().get(values);
        return new Tensor.I32(values, entry.shape());
      }
      default -> {
        byte[] values = new byte[n];
        data.get(values);
        return new Tensor.U8(values, entry.shape());
      }
    }
  }
}
