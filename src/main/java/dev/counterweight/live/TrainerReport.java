package dev.counterweight.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a trainer told on the metrics topic. What it left out is undefined: NaN, null or absent.
 *
 * @param timeMs when, by the trainer's clock
 * @param events that the records trained on cover
 * @param loss of the newest steps
 * @param window metrics of the newest rows, by name
 * @param sinceStart metrics since the start, by name
 * @param recall of each class evaluated lately
 * @param evaluated rows of each class since the start
 * @param drawn rows of each class in the batches since the start
 * @param uses r_c of each class
 * @param covered {partition: offset after the last event trained on}; null if not told
 */
record TrainerReport(
    long timeMs,
    long events,
    long step,
    double loss,
    Map<String, Double> window,
    Map<String, Double> sinceStart,
    Map<String, Double> recall,
    Map<String, Double> evaluated,
    Map<String, Double> drawn,
    Map<String, Double> uses,
    @Nullable Map<Integer, Long> covered,
    boolean done) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The metrics shown that are one number. */
  static final List<String> NUMBERS =
      List.of("gmean", "gmean_classes", "balanced_accuracy", "mcc", "log_loss", "ece");

  /**
   * Reads a record's value.
   *
   * @throws IllegalArgumentException if it is not a report
   */
  static TrainerReport read(byte[] value) {
    JsonNode root;
    try {
      root = JSON.readTree(value);
    } catch (IOException e) {
      throw new IllegalArgumentException("metrics are not JSON: " + e.getMessage(), e);
    }
    if (root == null || !root.path("time_ms").isIntegralNumber()) {
      throw new IllegalArgumentException("metrics have no time_ms");
    }
    JsonNode window = root.path("window");
    return new TrainerReport(
        root.path("time_ms").longValue(),
        root.path("events").asLong(),
        root.path("step").asLong(),
        root.path("loss").isNumber() ? root.path("loss").doubleValue() : Double.NaN,
        numbers(window),
        numbers(root),
        byName(window.path("recall")),
        byName(root.path("evaluated")),
        byName(root.path("drawn")),
        byName(root.path("uses")),
        root.path("covered").isObject() ? offsets(root.path("covered")) : null,
        root.path("done").asBoolean());
  }

  private static Map<String, Double> numbers(JsonNode from) {
    Map<String, Double> found = new HashMap<>();
    for (String name : NUMBERS) {
      if (from.path(name).isNumber()) {
        found.put(name, from.path(name).doubleValue());
      }
    }
    return Map.copyOf(found);
  }

  private static Map<String, Double> byName(JsonNode map) {
    Map<String, Double> found = new HashMap<>();
    map.properties()
        .forEach(
            entry -> {
              if (entry.getValue().isNumber()) {
                found.put(entry.getKey(), entry.getValue().doubleValue());
              }
            });
    return Map.copyOf(found);
  }

  private static Map<Integer, Long> offsets(JsonNode map) {
    Map<Integer, Long> found = new HashMap<>();
    try {
      map.properties()
          .forEach(entry -> found.put(Integer.valueOf(entry.getKey()), entry.getValue().asLong()));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("metrics: covered has a partition that is no number", e);
    }
    return Map.copyOf(found);
  }
}
