package dev.counterweight.live;

import static dev.counterweight.live.StatusJson.put;
import static dev.counterweight.live.StatusJson.rounded;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.counterweight.evaluation.Calibration;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.TrainerReport;
import dev.counterweight.weights.Snapshot;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The part of a job's state that is about its classes, as far as it is known. */
final class ClassesJson {

  private ClassesJson() {}

  /** Each class with its share of the stream, its weight, and how it is recognised of late. */
  static void classes(ObjectNode node, JobView view) {
    ArrayNode rows = node.putArray("rows");
    Snapshot weights = view.weights();
    if (weights == null) {
      node.put("total", 0).put("note", "");
      return;
    }
    ShownClasses shown = ShownClasses.of(weights);
    node.put("total", weights.classCount()).put("note", shown.note());
    node.put("formula", weights.formula().name()).put("version", weights.version());
    double drawn = view.recentRows().values().stream().mapToLong(Long::longValue).sum();
    TrainerReport report = view.report();
    for (int c : shown.order()) {
      String name = weights.classes().get(c);
      ObjectNode row =
          rows.addObject()
              .put("class", name)
              .put("index", c)
              .put("events", weights.counts().events(c));
      put(row, "stream_share", weights.priors()[c]);
      put(row, "weight", weights.weights()[c]);
      if (drawn > 0) {
        put(row, "batch_share", view.recentRows().getOrDefault(name, 0L) / drawn);
      }
      if (report != null) {
        NamedMetrics window = report.window();
        put(row, "uses", report.draws().uses().get(name));
        put(row, "recall", window.decisions().recall().get(name));
        put(row, "precision", window.decisions().precision().get(name));
        put(row, "false_alarms", window.decisions().falseAlarms().get(name));
        put(row, "pr_auc", window.areas().prAuc().get(name));
        put(row, "class_ece", window.probabilities().classEce().get(name));
        put(row, "evaluated", report.sinceStart().evaluated().get(name));
      }
    }
  }

  /** Of the newest rows: what is decided of which class, and how far probabilities hold. */
  static void decisions(ObjectNode node, JobView view) {
    ArrayNode classes = node.putArray("classes");
    ArrayNode shares = node.putArray("shares");
    ArrayNode bars = node.putArray("reliability");
    TrainerReport report = view.report();
    Snapshot weights = view.weights();
    if (weights == null || report == null) {
      return;
    }
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
      put(one, "lower", bar.lower());
      put(one, "upper", bar.upper());
      put(one, "share", bar.weight() / total);
      put(one, "probability", bar.confidence());
      put(one, "hits", bar.accuracy());
    }
  }

  /** Shares of a class's rows by the class decided for; null for a class without rows. */
  private static void shares(
      ArrayNode row, @Nullable Map<String, Double> cells, List<String> decided) {
    double total =
        cells == null ? 0 : cells.values().stream().mapToDouble(Double::doubleValue).sum();
    for (String name : decided) {
      if (cells != null && total > 0) {
        row.add(rounded(cells.getOrDefault(name, 0.0) / total));
      } else {
        row.addNull();
      }
    }
  }
}
