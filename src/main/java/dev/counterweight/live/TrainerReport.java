package dev.counterweight.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
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
 * @param byClass of the newest rows: {metric: {class: value}}, as of {@link #BY_CLASS}
 * @param confusion of the newest rows: {class: {class decided for: weight}}
 * @param reliability of the newest rows, as bars from the lowest
 * @param evaluated rows of each class since the start
 * @param drawn rows of each class in the batches since the start
 * @param uses r_c of each class
 * @param leadingSinceMs when this trainer took the lead; 0 if not told
 * @param drifts changes found since the report before
 * @param covered {partition: offset after the last event trained on}; null if not told
 */
record TrainerReport(
    long timeMs,
    long events,
    long step,
    double loss,
    Map<String, Double> window,
    Map<String, Double> sinceStart,
    Map<String, Map<String, Double>> byClass,
    Map<String, Map<String, Double>> confusion,
    List<Bar> reliability,
    Map<String, Double> evaluated,
    Map<String, Double> drawn,
    Map<String, Double> uses,
    long leadingSinceMs,
    List<Change> drifts,
    @Nullable Map<Integer, Long> covered,
    boolean done) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The metrics shown that are one number. */
  static final List<String> NUMBERS =
      List.of("gmean", "gmean_classes", "balanced_accuracy", "mcc", "log_loss", "ece");

  /** Those shown of each class. */
  static final List<String> BY_CLASS =
      List.of("recall", "precision", "false_alarms", "pr_auc", "class_ece");

  /** A bar of the reliability diagram: rows by their largest probability, in shares. */
  record Bar(double lower, double upper, double weight, double probability, double hits) {}

  /** A change that the trainer found, of a class's recall or prior. */
  record Change(String of, String label) {}

  /** A metric of a class in the newest rows; NaN if it is not known. */
  double of(String metric, String label) {
    return byClass.getOrDefault(metric, Map.of()).getOrDefault(label, Double.NaN);
  }

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
        byClass(window),
        confusion(window.path("confusion")),
        bars(window.path("reliability")),
        byName(root.path("evaluated")),
        byName(root.path("drawn")),
        byName(root.path("uses")),
        root.path("leading_since_ms").asLong(),
        changes(root.path("drifts")),
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

  private static Map<String, Map<String, Double>> byClass(JsonNode window) {
    Map<String, Map<String, Double>> found = new HashMap<>();
    BY_CLASS.forEach(name -> found.put(name, byName(window.path(name))));
    return Map.copyOf(found);
  }

  private static Map<String, Map<String, Double>> confusion(JsonNode rows) {
    Map<String, Map<String, Double>> found = new HashMap<>();
    rows.properties().forEach(row -> found.put(row.getKey(), byName(row.getValue())));
    return Map.copyOf(found);
  }

  private static List<Bar> bars(JsonNode list) {
    List<Bar> bars = new ArrayList<>();
    for (JsonNode bar : list) {
      bars.add(
          new Bar(
              bar.path(0).asDouble(),
              bar.path(1).asDouble(),
              bar.path(2).asDouble(),
              bar.path(3).asDouble(),
              bar.path(4).asDouble()));
    }
    return List.copyOf(bars);
  }

  private static List<Change> changes(JsonNode list) {
    List<Change> changes = new ArrayList<>();
    for (JsonNode change : list) {
      changes.add(new Change(change.path("of").asText(), change.path("class").asText()));
    }
    return List.copyOf(changes);
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
