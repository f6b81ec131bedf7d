package dev.counterweight.evaluation;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntFunction;

/**
 * The metrics of a set of scored rows, all weighted, computed from their confusion matrix, their
 * probabilities and the ranks of those.
 *
 * <p>What is undefined is absent, never 0 or 1: the recall of a class without rows, the precision
 * of a class never predicted, an MCC or kappa whose denominator is 0. Means over classes run over
 * the classes that have rows, whose number is {@link #classesEvaluated}.
 *
 * <p>Immutable; deterministic to the bit on every platform.
 */
public final class Metrics {
  private final int classes;

  /** Weight of the rows of class i predicted as class j, at i * classes + j. */
  private final double[] confusion;

  private final long[] rows;

  /** Sum of w^2 of the rows of each class. */
  private final double[] squaredWeights;

  private final double weightedLoss;
  private final Calibration calibration;
  private final Areas raw;
  private final Areas served;

  Metrics(
      double[] confusion,
      long[] rows,
      double[] squaredWeights,
      double weightedLoss,
      Calibration calibration,
      Areas raw,
      Areas served) {
    this.classes = rows.length;
    this.confusion = confusion;
    this.rows = rows;
    this.squaredWeights = squaredWeights;
    this.weightedLoss = weightedLoss;
    this.calibration = calibration;
    this.raw = raw;
    this.served = served;
  }

  /** Rows of class {@code c} scored. */
  public long evaluated(int c) {
    return rows[c];
  }

  /** Rows scored, over all classes. */
  public long evaluated() {
    long total = 0;
    for (long count : rows) {
      total += count;
    }
    return total;
  }

  /** Number of classes with at least one row: those that the means over classes run over. */
  public int classesEvaluated() {
    int evaluated = 0;
    for (long count : rows) {
      evaluated += count > 0 ? 1 : 0;
    }
    return evaluated;
  }

  /** Share of the rows of class {@code c} predicted as c; in 0 to 1. */
  public OptionalDouble recall(int c) {
    return ratio(confusion[c * classes + c], actual(c));
  }

  /** Share of what was predicted as class {@code c} that is c; in 0 to 1. */
  public OptionalDouble precision(int c) {
    return ratio(confusion[c * classes + c], predicted(c));
  }

  /** F1 of class {@code c}: 2 hits / (rows + predictions). */
  public OptionalDouble f1(int c) {
    return ratio(2 * confusion[c * classes + c], actual(c) + predicted(c));
  }

  /** Mean recall of the classes evaluated. */
  public OptionalDouble balancedAccuracy() {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += recall(c).orElse(0);
    }
    return ratio(sum, classesEvaluated());
  }

  /** Geometric mean of the recalls of the classes evaluated; 0 as soon as one of them is 0. */
  public OptionalDouble gmean() {
    int evaluated = classesEvaluated();
    if (evaluated == 0) {
      return OptionalDouble.empty();
    }
    double logs = 0;
    for (int c = 0; c < classes; c++) {
      OptionalDouble recall = recall(c);
      if (recall.isPresent()) {
        // log 0 is minus infinity, whose exponential is the 0 that is wanted.
        logs += StrictMath.log(recall.getAsDouble());
      }
    }
    return OptionalDouble.of(StrictMath.exp(logs / evaluated));
  }

  /** Weighted share of rows predicted right. */
  public OptionalDouble accuracy() {
    return ratio(hits(), weight());
  }

  /** Matthews correlation coefficient for any number of classes (Gorodkin 2004). */
  public OptionalDouble mcc() {
    double total = weight();
    double squaredPredicted = 0;
    double squaredActual = 0;
    double product = 0;
    for (int c = 0; c < classes; c++) {
      squaredPredicted += predicted(c) * predicted(c);
      squaredActual += actual(c) * actual(c);
      product += predicted(c) * actual(c);
    }
    double square = (total * total - squaredPredicted) * Math.max(0, total * total - squaredActual);
    return ratio(hits() * total - product, StrictMath.sqrt(Math.max(0, square)));
  }

  /** Cohen's kappa: agreement beyond that of chance. */
  public OptionalDouble kappa() {
    double total = weight();
    double product = 0;
    for (int c = 0; c < classes; c++) {
      product += predicted(c) * actual(c);
    }
    return ratio(hits() * total - product, total * total - product);
  }

  /** Weighted mean of -ln(served probability of the row's class), in nats. */
  public OptionalDouble logLoss() {
    return ratio(weightedLoss, weight());
  }

  /** Effective number of rows, (sum w)^2 / sum w^2 (Kish): what weighting leaves of the rows. */
  public OptionalDouble effectiveRows() {
    double squares = 0;
    for (double square : squaredWeights) {
      squares += square;
    }
    return ratio(weight() * weight(), squares);
  }

  /**
   * Wilson's 95 % interval of the recall of class {@code c}, on its effective number of rows; empty
   * without rows.
   */
  public Optional<Interval> recallInterval(int c) {
    double actual = actual(c);
    return actual > 0
        ? Optional.of(
            Interval.wilson(
                confusion[c * classes + c] / actual, actual * actual / squaredWeights[c]))
        : Optional.empty();
  }

  /** Area under the ROC curve of class {@code c} against the rest, of served probabilities. */
  public OptionalDouble rocAuc(int c) {
    return served.rocAuc(c);
  }

  /** Average precision of class {@code c} against the rest, of served probabilities. */
  public OptionalDouble prAuc(int c) {
    return served.prAuc(c);
  }

  /** {@link #rocAuc} of the model's own scores, before any correction; empty of a window. */
  public OptionalDouble rawRocAuc(int c) {
    return raw.rocAuc(c);
  }

  /** {@link #prAuc} of the model's own scores, before any correction; empty of a window. */
  public OptionalDouble rawPrAuc(int c) {
    return raw.prAuc(c);
  }

  /**
   * Expected calibration error of the largest served probability: mean gap between probability and
   * share of hits, over 15 bins of equal width.
   */
  public OptionalDouble ece() {
    return calibration.ece();
  }

  /** Expected calibration error of the served probability of class {@code c}, over 15 bins. */
  public OptionalDouble classEce(int c) {
    return calibration.ece(c);
  }

  /** Reliability diagram of the largest served probability: the bins that have rows. */
  public List<ReliabilityBin> reliability() {
    return calibration.reliability();
  }

  /**
   * The metrics by name, absent where undefined: gmean, gmean_classes, balanced_accuracy, recall,
   * precision and f1 {class: value}, accuracy, mcc, kappa, log_loss, ece, class_ece, pr_auc,
   * roc_auc, raw_pr_auc and raw_roc_auc {class: value}, recall_interval {class: [low, high]},
   * reliability [[lower, upper, weight, confidence, accuracy]], evaluated {class: rows}, n_eff.
   *
   * @param names label values in class order
   */
  public Map<String, Object> toMap(List<String> names) {
    Map<String, Object> all = new LinkedHashMap<>();
    put(all, "gmean", gmean());
    all.put("gmean_classes", classesEvaluated());
    put(all, "balanced_accuracy", balancedAccuracy());
    all.put("recall", perClass(names, this::recall));
    all.put("precision", perClass(names, this::precision));
    all.put("f1", perClass(names, this::f1));
    put(all, "accuracy", accuracy());
    put(all, "mcc", mcc());
    put(all, "kappa", kappa());
    put(all, "log_loss", logLoss());
    put(all, "ece", ece());
    all.put("class_ece", perClass(names, this::classEce));
    all.put("pr_auc", perClass(names, this::prAuc));
    all.put("roc_auc", perClass(names, this::rocAuc));
    all.put("raw_pr_auc", perClass(names, this::rawPrAuc));
    all.put("raw_roc_auc", perClass(names, this::rawRocAuc));
    all.put("recall_interval", intervals(names));
    all.put("reliability", bars());
    Map<String, Object> evaluated = new LinkedHashMap<>();
    for (int c = 0; c < classes; c++) {
      evaluated.put(names.get(c), rows[c]);
    }
    all.put("evaluated", evaluated);
    put(all, "n_eff", effectiveRows());
    return all;
  }

  /** The class of the largest score; the first of equals. */
  public static int decision(float[] scores, int row, int classes) {
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (scores[row * classes + c] > scores[row * classes + best]) {
        best = c;
      }
    }
    return best;
  }

  /** Classes of which {@code value} is present, with it. */
  private static Map<String, Object> perClass(
      List<String> names, IntFunction<OptionalDouble> value) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int c = 0; c < names.size(); c++) {
      put(all, names.get(c), value.apply(c));
    }
    return all;
  }

  private Map<String, Object> intervals(List<String> names) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (int c = 0; c < classes; c++) {
      String name = names.get(c);
      recallInterval(c).ifPresent(i -> all.put(name, List.of(i.low(), i.high())));
    }
    return all;
  }

  private List<List<Double>> bars() {
    return reliability().stream()
        .map(b -> List.of(b.lower(), b.upper(), b.weight(), b.confidence(), b.accuracy()))
        .toList();
  }

  private static void put(Map<String, Object> all, String name, OptionalDouble value) {
    if (value.isPresent()) {
      all.put(name, value.getAsDouble());
    }
  }

  private double weight() {
    double sum = 0;
    for (double weight : confusion) {
      sum += weight;
    }
    return sum;
  }

  private double hits() {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += confusion[c * classes + c];
    }
    return sum;
  }

  private double actual(int c) {
    double sum = 0;
    for (int j = 0; j < classes; j++) {
      sum += confusion[c * classes + j];
    }
    return sum;
  }

  private double predicted(int c) {
    double sum = 0;
    for (int i = 0; i < classes; i++) {
      sum += confusion[i * classes + c];
    }
    return sum;
  }

  private static OptionalDouble ratio(double numerator, double denominator) {
    return denominator > 0 ? OptionalDouble.of(numerator / denominator) : OptionalDouble.empty();
  }
}
