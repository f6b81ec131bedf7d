package dev.counterweight.demo;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a job's recall costs, and whether its probabilities hold, since its start; what is not
 * defined is null or absent. Immutable.
 *
 * @param scored events that recall and all of this is of, by class
 * @param precision by class
 * @param falseAlarms by class: of 1,000 events, how many are decided as it that are not
 * @param prAuc by class
 * @param confusion {class: {class decided for: weight}}
 * @param reliability the bars of the diagram that have rows
 * @param ece mean gap between the largest probability and the share that is right
 */
public record Judged(
    Map<String, Double> scored,
    Map<String, Double> precision,
    Map<String, Double> falseAlarms,
    Map<String, Double> prAuc,
    Map<String, Map<String, Double>> confusion,
    List<Bar> reliability,
    @Nullable Double ece) {
  static final Judged NONE =
      new Judged(Map.of(), Map.of(), Map.of(), Map.of(), Map.of(), List.of(), null);

  public Judged {
    scored = Collections.unmodifiableMap(new LinkedHashMap<>(scored));
    precision = Collections.unmodifiableMap(new LinkedHashMap<>(precision));
    falseAlarms = Collections.unmodifiableMap(new LinkedHashMap<>(falseAlarms));
    prAuc = Collections.unmodifiableMap(new LinkedHashMap<>(prAuc));
    confusion = Collections.unmodifiableMap(new LinkedHashMap<>(confusion));
    reliability = List.copyOf(reliability);
  }

  /**
   * A bar of the reliability diagram.
   *
   * @param share of the rows, from 0 to 1
   * @param probability mean of the largest given to them
   * @param right share of them of that class
   */
  public record Bar(double share, double probability, double right) {}

  /** Of a record on the metrics topic. */
  static Judged read(JsonNode root) {
    Map<String, Map<String, Double>> confusion = new LinkedHashMap<>();
    root.path("confusion")
        .properties()
        .forEach(row -> confusion.put(row.getKey(), byName(row.getValue())));
    return new Judged(
        byName(root.path("evaluated")),
        byName(root.path("precision")),
        byName(root.path("false_alarms")),
        byName(root.path("pr_auc")),
        confusion,
        bars(root.path("reliability")),
        root.path("ece").isNumber() ? root.path("ece").doubleValue() : null);
  }

  /** Values by class; what is no number is left out. */
  static Map<String, Double> byName(JsonNode map) {
    Map<String, Double> found = new LinkedHashMap<>();
    map.properties()
        .forEach(
            entry -> {
              if (entry.getValue().isNumber()) {
                found.put(entry.getKey(), entry.getValue().doubleValue());
              }
            });
    return found;
  }

  private static List<Bar> bars(JsonNode list) {
    double total = 0;
    for (JsonNode bar : list) {
      total += bar.path(2).asDouble();
    }
    List<Bar> bars = new ArrayList<>();
    for (JsonNode bar : list) {
      bars.add(
          new Bar(bar.path(2).asDouble() / total, bar.path(3).asDouble(), bar.path(4).asDouble()));
    }
    return bars;
  }
}
