package dev.counterweight.evaluation;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The metrics of a set of scored rows, all weighted, computed from their confusion matrix, their
 * probabilities and the ranks of those.
 *
 * <p>What is undefined is absent, never 0 or 1: the recall of a class without rows, the precision
 * of a class never predicted, an area under a curve of rows of one kind, an MCC whose denominator
 * is 0, a kappa of one class. Means over classes run over the classes that have rows, whose number
 * is {@link #classesEvaluated}.
 *
 * <p>Immutable; deterministic to the bit on every platform.
 */
public final class Metrics {
  private final Confusion confusion;

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
    this.confusion = new Confusion(rows.length, confusion);
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
    return confusion.evaluated();
  }

  /** Share of the rows of class {@code c} predicted as c; in 0 to 1. */
  public OptionalDouble recall(int c) {
    return confusion.recall(c);
  }

  /** Share of what was predicted as class {@code c} that is c; in 0 to 1. */
  public OptionalDouble precision(int c) {
    return confusion.precision(c);
  }

  /**
   * False alarms for class {@code c}: of 1,000 events, how many are decided as c that are not; in 0
   * to 1,000.
   */
  public OptionalDouble falseAlarms(int c) {
    return confusion.falseAlarms(c);
  }

  /** Share of the rows of class {@code c} decided as class {@code j}; in 0 to 1. */
  public OptionalDouble decidedAs(int c, int j) {
    return confusion.share(c, j);
  }

  /** Weight of the rows of class {@code c} decided as class {@code j}. */
  public double cell(int c, int j) {
    return confusion.cells()[c * rows.length + j];
  }

  /** F1 of class {@code c}: 2 hits / (rows + predictions). */
  public OptionalDouble f1(int c) {
    return confusion.f1(c);
  }

  /** Mean recall of the classes evaluated. */
  public OptionalDouble balancedAccuracy() {
    return confusion.balancedAccuracy();
  }

  /** Geometric mean of the recalls of the classes evaluated; 0 as soon as one of them is 0. */
  public OptionalDouble gmean() {
    return confusion.gmean();
  }

  /** Weighted share of rows predicted right. */
  public OptionalDouble accuracy() {
    return confusion.accuracy();
  }

  /** Matthews correlation coefficient for any number of classes (Gorodkin 2004). */
  public OptionalDouble mcc() {
    return confusion.mcc();
  }

  /** Cohen's kappa: agreement beyond that of chance. */
  public OptionalDouble kappa() {
    return confusion.kappa();
  }

  /** Weighted mean of -ln(served probability of the row's class), in nats. */
  public OptionalDouble logLoss() {
    return Confusion.ratio(weightedLoss, confusion.total());
  }

  /** Effective number of rows, (sum w)^2 / sum w^2 (Kish): what weighting leaves of the rows. */
  public OptionalDouble effectiveRows() {
    double squares = 0;
    for (double square : squaredWeights) {
      squares += square;
    }
    double total = confusion.total();
    return Confusion.ratio(total * total, squares);
  }

  /**
   * Wilson's 95 % interval of the recall of class {@code c}, on its effective number of rows; empty
   * without rows.
   */
  public Optional<Interval> recallInterval(int c) {
    double actual = confusion.actual(c);
    double effective = actual * actual / squaredWeights[c];
    return actual > 0 && effective > 0 && Double.isFinite(effective)
        ? Optional.of(Interval.wilson(confusion.hits(c) / actual, effective))
        : Optional.empty();
  }

  /**
   * Area under the ROC curve of class {@code c} against the rest, of served probabilities; exact to
   * {@link #rocAucError}.
   */
  public OptionalDouble rocAuc(int c) {
    return served.rocAuc(c);
  }

  /**
   * Average precision of class {@code c} against the rest, of served probabilities; exact to {@link
   * #prAucError}.
   */
  public OptionalDouble prAuc(int c) {
    return served.prAuc(c);
  }

  /** {@link #rocAuc} of the model's own scores, before any correction. */
  public OptionalDouble rawRocAuc(int c) {
    return raw.rocAuc(c);
  }

  /** {@link #prAuc} of the model's own scores, before any correction. */
  public OptionalDouble rawPrAuc(int c) {
    return raw.prAuc(c);
  }

  /**
   * The most by which {@link #rocAuc} can differ from that of the scores themselves. 0 as long as
   * every row is in the window; beyond, half the share of the pairs of an own and another row whose
   * scores lie in one bin of 1/32 of their logit: what the bins weigh says how many those are.
   */
  public OptionalDouble rocAucError(int c) {
    return served.rocAucError(c);
  }

  /**
   * The most by which {@link #prAuc} can differ from that of the scores themselves. 0 as long as
   * every row is in the window; beyond, the wider gap to the average precision with the class's own
   * rows ranked first, or last, within each bin of 1/32 of their logit. Wide where few rows share
   * the top bins with many others: a bound, not an estimate.
   */
  public OptionalDouble prAucError(int c) {
    return served.prAucError(c);
  }

  /** {@link #rocAucError} of {@link #rawRocAuc}. */
  public OptionalDouble rawRocAucError(int c) {
    return raw.rocAucError(c);
  }

  /** {@link #prAucError} of {@link #rawPrAuc}. */
  public OptionalDouble rawPrAucError(int c) {
    return raw.prAucError(c);
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
}
