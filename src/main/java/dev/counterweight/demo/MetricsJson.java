package dev.counterweight.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what a trainer wrote on its metrics topic. What is absent there is undefined. */
final class MetricsJson {
  private static final ObjectMapper JSON = new ObjectMapper();

  private MetricsJson() {}

  /**
   * One record.
   *
   * @param originMs when the stream began, ms since 1970
   * @throws IllegalArgumentException if it is not such a record
   */
  static MetricsPoint read(byte @Nullable [] value, long originMs) {
    JsonNode root = parse(value);
    Map<String, Long> drawn = new LinkedHashMap<>();
    root.path("drawn")
        .properties()
        .forEach(entry -> drawn.put(entry.getKey(), entry.getValue().asLong()));
    return new MetricsPoint(
        seconds(required(root, "time_ms"), originMs),
        required(root, "events"),
        required(root, "step"),
        number(root, "gmean"),
        number(root, "balanced_accuracy"),
        number(root, "loss"),
        Judged.byName(root.path("recall")),
        drawn,
        Judged.read(root),
        root.path("checkpoint").asText(null));
  }

  /** Seconds from the stream's beginning; a clock that stepped back gives no negative time. */
  static double seconds(long timeMs, long originMs) {
    return Math.max(0, timeMs - originMs) / 1000.0;
  }

  private static JsonNode parse(byte @Nullable [] value) {
    try {
      JsonNode root = value == null ? null : JSON.readTree(value);
      if (root == null || !root.isObject()) {
        throw new IllegalArgumentException("metrics are not a JSON object");
      }
      return root;
    } catch (IOException e) {
      throw new IllegalArgumentException("metrics are not JSON: " + e.getMessage(), e);
    }
  }

  private static long required(JsonNode root, String field) {
    JsonNode value = root.path(field);
    if (!value.isIntegralNumber()) {
      throw new IllegalArgumentException("metrics have no whole number '" + field + "'");
    }
    return value.longValue();
  }

  private static @Nullable Double number(JsonNode root, String field) {
    JsonNode value = root.path(field);
    return value.isNumber() && Double.isFinite(value.doubleValue()) ? value.doubleValue() : null;
  }
}
