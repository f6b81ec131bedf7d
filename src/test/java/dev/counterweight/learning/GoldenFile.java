package dev.counterweight.learning;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** Reference values computed with PyTorch and scikit-learn. */
public final class GoldenFile {
  private GoldenFile() {}

  public static JsonNode read(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(GoldenFile.class.getResourceAsStream("/golden/" + name))) {
      return new ObjectMapper().readTree(in);
    }
  }

  /** All numbers below a node, in order. */
  public static float[] floats(JsonNode node) {
    List<Float> values = new ArrayList<>();
    collect(node, values);
    float[] flat = new float[values.size()];
    for (int i = 0; i < flat.length; i++) {
      flat[i] = values.get(i);
    }
    return flat;
  }

  public static long[] longs(JsonNode node) {
    long[] values = new long[node.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = node.get(i).asLong();
    }
    return values;
  }

  private static void collect(JsonNode node, List<Float> into) {
    if (node.isArray()) {
      node.forEach(child -> collect(child, into));
    } else {
      into.add((float) node.asDouble());
    }
  }
}
