package dev.counterweight.quality;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * What one job came to.
 *
 * @param variant which settings it had
 * @param summary as {@code run --summary} writes it
 * @param watched how it went; null unless asked for
 */
public record QualityRun(
    String data,
    String variant,
    long seed,
    List<String> classes,
    JsonNode summary,
    @Nullable Watched watched) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** The figures a table shows, by their names in the metrics. */
  static final List<String> FIGURES =
      List.of("gmean", "balanced_accuracy", "pr_auc", "log_loss", "ece");

  /** The same run with other metrics in its summary, as another variant. */
  QualityRun with(String other, Map<String, Object> metrics) {
    ObjectNode told = summary.deepCopy();
    told.set("metrics", JSON.valueToTree(metrics));
    return new QualityRun(data, other, seed, classes, told, null);
  }

  /**
   * A metric of every event; of those by class the rarest class's if there are two classes, else
   * their mean.
   */
  OptionalDouble figure(String name) {
    JsonNode value = metrics().path(name);
    if (value.isNumber()) {
      return OptionalDouble.of(value.doubleValue());
    }
    if (!value.isObject() || value.isEmpty()) {
      return OptionalDouble.empty();
    }
    if (classes.size() == 2) {
      return OptionalDouble.of(value.path(rarest()).doubleValue());
    }
    return value.properties().stream().mapToDouble(e -> e.getValue().doubleValue()).average();
  }

  JsonNode metrics() {
    return summary.path("metrics");
  }

  /** Number of events. */
  long events() {
    return summary.path("events").asLong();
  }

  /** The class with the fewest events. */
  String rarest() {
    String rarest = classes.get(0);
    for (String name : classes) {
      if (count(name) < count(rarest)) {
        rarest = name;
      }
    }
    return rarest;
  }

  long count(String name) {
    return summary.path("counts").path(name).asLong();
  }
}
