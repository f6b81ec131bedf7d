package dev.counterweight.evaluation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.IntFunction;

/** Metrics under the names that reports and checkpoints give them; absent where undefined. */
record MetricsByName(Metrics metrics, List<String> classes) {
  /** Classes up to which the confusion matrix is told whole. */
  static final int WHOLE_MATRIX = 20;

  /** Cells told of more classes. */
  static final int MAX_CELLS = WHOLE_MATRIX * WHOLE_MATRIX;

  private record Cell(int label, int decided, double weight) {}

  Map<String, Object> map() {
    Map<String, Object> all = new LinkedHashMap<>();
    put(all, "gmean", metrics.gmean());
    all.put("gmean_classes", metrics.classesEvaluated());
    put(all, "balanced_accuracy", metrics.balancedAccuracy());
    all.put("recall", perClass(metrics::recall));
    all.put("precision", perClass(metrics::precision));
    all.put("f1", perClass(metrics::f1));
    all.put("false_alarms", perClass(metrics::falseAlarms));
    put(all, "accuracy", metrics.accuracy());
    put(all, "mcc", metrics.mcc());
    put(all, "kappa", metrics.kappa());
    put(all, "log_loss", metrics.logLoss());
    put(all, "ece", metrics.ece());
    all.put("class_ece", perClass(metrics::classEce));
    all.put("pr_auc", perClass(metrics::prAuc));
    all.put("roc_auc", perClass(metrics::rocAuc));
    all.put("raw_pr_auc", perClass(metrics::rawPrAuc));
    all.put("raw_roc_auc", perClass(metrics::rawRocAuc));
    putErrors(all, "pr_auc_error", metrics::prAucError);
    putErrors(all, "roc_auc_error", metrics::rocAucError);
    putErrors(all, "raw_pr_auc_error", metrics::rawPrAucError);
    putErrors(all, "raw_roc_auc_error", metrics::rawRocAucError);
    all.put("recall_interval", intervals());
    all.put("reliability", bars());
    all.put("confusion", confusion());
    all.put("evaluated", evaluated());
    put(all, "n_eff", metrics.effectiveRows());
    return all;
  }

  private Map<String, Object> perClass(IntFunction<OptionalDouble> value) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      put(all, classes.get(c), value.apply(c));
    }
    return all;
  }

  private void putErrors(Map<String, Object> all, String name, IntFunction<OptionalDouble> bound) {
    Map<String, Object> errors = perClass(bound);
    errors.values().removeIf(error -> error.equals(0.0));
    if (!errors.isEmpty()) {
      all.put(name, errors);
    }
  }

  private Map<String, Object> intervals() {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      String name = classes.get(c);
      metrics.recallInterval(c).ifPresent(i -> all.put(name, List.of(i.low(), i.high())));
    }
    return all;
  }

  private Map<String, Object> evaluated() {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      all.put(classes.get(c), metrics.evaluated(c));
    }
    return all;
  }

  /** {class: {decided: weight}}: every cell of few classes, of many the heaviest errors. */
  private Map<String, Map<String, Double>> confusion() {
    List<Cell> cells = new ArrayList<>();
    boolean all = classes.size() <= WHOLE_MATRIX;
    for (int i = 0; i < classes.size(); i++) {
      for (int j = 0; j < classes.size(); j++) {
        if (metrics.cell(i, j) > 0 && (all || i != j)) {
          cells.add(new Cell(i, j, metrics.cell(i, j)));
        }
      }
    }
    if (!all) {
      cells.sort(Comparator.comparingDouble(cell -> -cell.weight()));
    }
    Map<String, Map<String, Double>> byClass = new LinkedHashMap<>();
    for (Cell cell : cells.subList(0, Math.min(cells.size(), MAX_CELLS))) {
      byClass
          .computeIfAbsent(classes.get(cell.label()), name -> new LinkedHashMap<>())
          .put(classes.get(cell.decided()), cell.weight());
    }
    return byClass;
  }

  private List<List<Double>> bars() {
    return metrics.reliability().stream()
        .map(b -> List.of(b.lower(), b.upper(), b.weight(), b.confidence(), b.accuracy()))
        .toList();
  }

  private static void put(Map<String, Object> all, String name, OptionalDouble value) {
    if (value.isPresent()) {
      all.put(name, value.getAsDouble());
    }
  }
}
