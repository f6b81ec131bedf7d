package dev.counterweight.live;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.evaluation.Calibration;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.Snapshot;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the model decides of which class, and whether its probabilities hold, as JSON. */
final class DecisionsJson {
  private DecisionsJson() {}

  /** Of the newest rows: what is decided of which class, and how far probabilities hold. */
  static void put(ObjectNode node, JobView view) {
    ArrayNode classes = node.putArray("classes");
    ArrayNode shares = node.putArray("shares");
    ArrayNode bars = node.putArray("reliability");
    if (view.news().weights() == null || view.news().report() == null) {
      return;
    }
    TrainerReport report = view.news().report().value();
    Snapshot weights = view.news().weights().value();
    List<String> shown =
        ShownClasses.of(weights).order().stream().map(weights.classes()::get).toList();
    if (shown.size() <= ShownClasses.MATRIX && shown.size() == weights.classCount()) {
      shown.forEach(classes::add);
      shown.forEach(
          label -> shares(shares.addArray(), report.window().confusion().get(label), shown));
    }
    double total =
        report.window().reliability().stream().mapToDouble(Calibration.Bar::weight).sum();
    for (Calibration.Bar bar : report.window().reliability()) {
      ObjectNode one = bars.addObject();
      StatusJson.put(one, "lower", bar.lower());
      StatusJson.put(one, "upper", bar.upper());
      StatusJson.put(one, "share", bar.weight() / total);
      StatusJson.put(one, "probability", bar.confidence());
      StatusJson.put(one, "hits", bar.accuracy());
    }
  }

  /** Shares of a class's rows by the class decided for; null for a class without rows. */
  private static void shares(
      ArrayNode row, @Nullable Map<String, Double> cells, List<String> decided) {
    double total =
        cells == null ? 0 : cells.values().stream().mapToDouble(Double::doubleValue).sum();
    for (String name : decided) {
      if (cells != null && total > 0) {
        row.add(StatusJson.rounded(cells.getOrDefault(name, 0.0) / total));
      } else {
        row.addNull();
      }
    }
  }
}
