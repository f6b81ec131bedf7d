package dev.counterweight.tensor;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What stands before the data of a safetensors file.
 *
 * @param entries in the order of their data
 * @param dataStart index of the first data byte in the file
 * @param dataBytes size of the data
 */
record SafeTensorsHeader(
    List<Entry> entries, SortedMap<String, String> metadata, int dataStart, long dataBytes) {

  /** Where a tensor's data lies, relative to the start of the data. */
  record Entry(String name, Dtype dtype, List<Long> shape, long begin, long bytes) {}

  /** An entry as JSON, under its name. */
  @JsonPropertyOrder({"dtype", "shape", "data_offsets"})
  private record Form(
      Dtype dtype, List<Long> shape, @JsonProperty("data_offsets") List<Long> offsets) {}

  private static final String POINTER = "version https://git-lfs";
  private static final String METADATA = "__metadata__";
  private static final List<String> DTYPES =
      Arrays.stream(Dtype.values()).map(Dtype::name).toList();
  private static final int MAX_HEADER_BYTES = 100_000_000;
  private static final ObjectMapper JSON =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  static SafeTensorsHeader of(SafeTensors file) {
    List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(file.tensors().entrySet());
    ordered.sort(
        Comparator.comparing((Map.Entry<String, Tensor> e) -> -Dtype.of(e.getValue()).bytes)
            .thenComparing(Map.Entry::getKey));
    List<Entry> entries = new ArrayList<>();
    long at = 0;
    for (Map.Entry<String, Tensor> e : ordered) {
      List<Long> shape = e.getValue().shape();
      int length = Array.getLength(e.getValue().values());
      if (product(e.getKey(), shape) != length) {
        throw new MalformedTensorsException(
            "tensor '%s' has shape %s and %d values: they must agree"
                .formatted(e.getKey(), shape, length));
      }
      Dtype dtype = Dtype.of(e.getValue());
      entries.add(new Entry(e.getKey(), dtype, shape, at, (long) length * dtype.bytes));
      at += (long) length * dtype.bytes;
    }
    return new SafeTensorsHeader(entries, file.metadata(), 0, at);
  }

  byte[] toJson() {
    Map<String, Object> root = new LinkedHashMap<>();
    if (!metadata.isEmpty()) {
      root.put(METADATA, metadata);
    }
    for (Entry entry : entries) {
      List<Long> offsets = List.of(entry.begin(), entry.begin() + entry.bytes());
      root.put(entry.name(), new Form(entry.dtype(), entry.shape(), offsets));
    }
    try {
      byte[] json = JSON.writeValueAsBytes(root);
      byte[] padded = Arrays.copyOf(json, (json.length + 7) / 8 * 8);
      Arrays.fill(padded, json.length, padded.length, (byte) ' ');
      return padded;
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  static SafeTensorsHeader parse(byte[] file) {
    if (file.length < Long.BYTES) {
      throw new MalformedTensorsException(
          "a safetensors file of " + file.length + " bytes: too short for its header length");
    }
    long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    requireThisFormat(file, length);
    if (length < 2 || length > MAX_HEADER_BYTES || length > file.length - Long.BYTES) {
      throw new MalformedTensorsException(
          "safetensors header of %d bytes in a file of %d bytes".formatted(length, file.length));
    }
    int dataStart = Long.BYTES + (int) length;
    List<Entry> entries = new ArrayList<>();
    SortedMap<String, String> metadata = new TreeMap<>();
    for (Map.Entry<String, JsonNode> field : json(file, (int) length).properties()) {
      if (field.getKey().equals(METADATA)) {
        field.getValue().properties().forEach(m -> metadata.put(m.getKey(), m.getValue().asText()));
      } else {
        entries.add(entry(field.getKey(), field.getValue()));
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::bytes));
    requireNoGaps(entries, file.length - dataStart);
    return new SafeTensorsHeader(entries, metadata, dataStart, file.length - dataStart);
  }

  private static JsonNode json(byte[] file, int length) {
    JsonNode root;
    try {
      root = JSON.readTree(file, Long.BYTES, length);
    } catch (IOException e) {
      String why = e instanceof JsonProcessingException j ? ": " + j.getOriginalMessage() : "";
      throw new MalformedTensorsException("safetensors header is not JSON" + why, e);
    }
    if (root == null || !root.isObject()) {
      throw new MalformedTensorsException("safetensors header is not a JSON object");
    }
    return root;
  }

  /** Names what people take for it: PyTorch's own files, and one written in the other order. */
  private static void requireThisFormat(byte[] file, long length) {
    boolean json = file.length > Long.BYTES && file[Long.BYTES] == '{';
    boolean zip = file[0] == 'P' && file[1] == 'K';
    boolean pickle = (file[0] & 0xff) == 0x80 && file[1] >= 2 && file[1] <= 5;
    if (!json && (zip || pickle)) {
      throw new MalformedTensorsException(
          "this is no safetensors file but one of torch.save or torch.jit.save (.pt, .pth): write"
              + " safetensors.torch.save_file(model.state_dict(), \"model.safetensors\") instead");
    }
    if (new String(file, 0, Math.min(file.length, POINTER.length()), US_ASCII).equals(POINTER)) {
      throw new MalformedTensorsException(
          "this is no safetensors file but the pointer that Git LFS keeps in its place: fetch the"
              + " file itself by git lfs pull");
    }
    long swapped = Long.reverseBytes(length);
    long data = Long.BYTES + swapped;
    if (json
        && length > file.length
        && swapped >= 2
        && data <= file.length
        && (file[(int) data - 1] == '}' || file[(int) data - 1] == ' ')) {
      throw new MalformedTensorsException(
          "its header length is big-endian: safetensors files are little-endian, numbers included");
    }
  }

  private static Entry entry(String name, JsonNode node) {
    JsonNode shapeNode = node.path("shape");
    JsonNode offsets = node.path("data_offsets");
    if (!shapeNode.isArray() || offsets.size() != 2) {
      throw new MalformedTensorsException(
          "tensor '" + name + "' needs dtype, shape and data_offsets");
    }
    List<Long> shape = new ArrayList<>();
    shapeNode.forEach(d -> shape.add(d.asLong(-1)));
    String dtype = node.path("dtype").asText();
    long begin = offsets.get(0).asLong(-1);
    long end = offsets.get(1).asLong(-1);
    if (!DTYPES.contains(dtype)) {
      throw new MalformedTensorsException(
          "tensor '%s' has element type '%s': must be %s%s"
              .formatted(
                  name,
                  dtype,
                  String.join(", ", DTYPES),
                  dtype.endsWith("16")
                      ? "; model.float() makes F32 of it before it is saved"
                      : ""));
    }
    long wanted = product(name, shape) * Dtype.valueOf(dtype).bytes;
    if (begin < 0 || end - begin != wanted) {
      throw new MalformedTensorsException(
          "tensor '%s' of shape %s and type %s needs %d bytes, has offsets %s"
              .formatted(name, shape, dtype, wanted, offsets));
    }
    return new Entry(name, Dtype.valueOf(dtype), List.copyOf(shape), begin, wanted);
  }

  private static void requireNoGaps(List<Entry> entries, long dataBytes) {
    long at = 0;
    for (Entry entry : entries) {
      if (entry.begin() != at) {
        throw new MalformedTensorsException(
            "tensor '%s' begins at %d: must begin at %d"
                .formatted(entry.name(), entry.begin(), at));
      }
      at += entry.bytes();
    }
    if (at != dataBytes) {
      throw new MalformedTensorsException(
          "tensors fill %d bytes of data, the file has %d".formatted(at, dataBytes));
    }
  }

  private static long product(String name, List<Long> shape) {
    long product = 1;
    for (long dim : shape) {
      if (dim < 0 || (dim > 0 && product > Integer.MAX_VALUE / dim)) {
        throw new MalformedTensorsException(
            "tensor '" + name + "' has shape " + shape + ": sizes must be 0 to 2^31-1 in all");
      }
      product *= dim;
    }
    return product;
  }
}
