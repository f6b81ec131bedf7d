package dev.counterweight.evaluation;

import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.LongStream;

/**
 * Rows by class and by decision, and what follows from them alone. What is undefined is empty.
 * Means over classes run over those that have rows.
 *
 * @param cells weight of the rows of class i decided as class j, at i * classes + j; not copied
 * @param rows rows of each class; not copied
 * @param squaredWeights sum of w^2 of the rows of each class; not copied
 */
@SuppressWarnings("ArrayRecordComponent")
public record Confusion(double[] cells, long[] rows, double[] squaredWeights) {

  Confusion(int classes) {
    this(new double[classes * classes], new long[classes], new double[classes]);
  }

  Confusion copy() {
    return new Confusion(cells.clone(), rows.clone(), squaredWeights.clone());
  }

  private int classes() {
    return rows.length;
  }

  /** Rows of all classes. */
  public long scored() {
    return LongStream.of(rows).sum();
  }

  /** Weight of the rows of class {@code c} decided as class {@code j}. */
  public double cell(int c, int j) {
    return cells[c * classes() + j];
  }

  /** Weight of all rows. */
  double total() {
    double sum = 0;
    for (double cell : cells) {
      sum += cell;
    }
    return sum;
  }

  /** Weight of the rows of class {@code c}. */
  double actual(int c) {
    double sum = 0;
    for (int j = 0; j < classes(); j++) {
      sum += cell(c, j);
    }
    return sum;
  }

  /** Share of the rows that are of class {@code c}. */
  public OptionalDouble prevalence(int c) {
    return ratio(actual(c), total());
  }

  /** Wilson's 95 % interval of {@link #prevalence}, on the effective number of all rows. */
  public Optional<Interval> prevalenceInterval(int c) {
    OptionalDouble rows = effectiveRows();
    return rows.isPresent() && Double.isFinite(rows.getAsDouble())
        ? Optional.of(Interval.wilson(actual(c) / total(), rows.getAsDouble()))
        : Optional.empty();
  }

  /** Weight of the rows decided as class {@code c}. */
  double decided(int c) {
    double sum = 0;
    for (int i = 0; i < classes(); i++) {
      sum += cell(i, c);
    }
    return sum;
  }

  /** Weight of the rows of class {@code c} decided as c. */
  double hits(int c) {
    return cell(c, c);
  }

  /** Number of classes that have rows. */
  public int evaluated() {
    int evaluated = 0;
    for (int c = 0; c < classes(); c++) {
      evaluated += actual(c) > 0 ? 1 : 0;
    }
    return evaluated;
  }

  /** Share of the rows of class {@code c} decided as c. */
  public OptionalDouble recall(int c) {
    return ratio(hits(c), actual(c));
  }

  /** Share of what was decided as class {@code c} that is c. */
  public OptionalDouble precision(int c) {
    return ratio(hits(c), decided(c));
  }

  /** Rows decided as class {@code c} that are not, per 1,000 rows. */
  public OptionalDouble falseAlarms(int c) {
    return ratio(1000 * (decided(c) - hits(c)), total());
  }

  /** Share of the rows of class {@code c} decided as class {@code j}. */
  public OptionalDouble share(int c, int j) {
    return ratio(cell(c, j), actual(c));
  }

  /** F1 of class {@code c}: 2 hits / (rows + decisions). */
  public OptionalDouble f1(int c) {
    return ratio(2 * hits(c), actual(c) + decided(c));
  }

  /** Mean recall of the classes evaluated. */
  public OptionalDouble balancedAccuracy() {
    double sum = 0;
    for (int c = 0; c < classes(); c++) {
      sum += recall(c).orElse(0);
    }
    return ratio(sum, evaluated());
  }

  /** Geometric mean of the recalls of the classes evaluated; 0 as soon as one of them is 0. */
  public OptionalDouble gmean() {
    int evaluated = evaluated();
    if (evaluated == 0) {
      return OptionalDouble.empty();
    }
    double logs = 0;
    for (int c = 0; c < classes(); c++) {
      OptionalDouble recall = recall(c);
      if (recall.isPresent()) {
        // log 0 is minus infinity, whose exponential is the 0 that is wanted.
        logs += StrictMath.log(recall.getAsDouble());
      }
    }
    return OptionalDouble.of(StrictMath.exp(logs / evaluated));
  }

  /** Weighted share of rows decided right. */
  public OptionalDouble accuracy() {
    return ratio(hits(), total());
  }

  /** Matthews correlation coefficient for any number of classes (Gorodkin 2004). */
  public OptionalDouble mcc() {
    double total = total();
    double squaredDecided = 0;
    double squaredActual = 0;
    for (int c = 0; c < classes(); c++) {
      squaredDecided += decided(c) * decided(c);
      squaredActual += actual(c) * actual(c);
    }
    double square = (total * total - squaredDecided) * Math.max(0, total * total - squaredActual);
    return ratio(hits() * total - chance(), StrictMath.sqrt(Math.max(0, square)));
  }

  /** Cohen's kappa; of rows of one class alone there is no agreement beyond chance to speak of. */
  public OptionalDouble kappa() {
    double total = total();
    return evaluated() < 2
        ? OptionalDouble.empty()
        : ratio(hits() * total - chance(), total * total - chance());
  }

  /** Effective number of rows, (sum w)^2 / sum w^2 (Kish): what weighting leaves of the rows. */
  public OptionalDouble effectiveRows() {
    double squares = 0;
    for (double square : squaredWeights) {
      squares += square;
    }
    return ratio(total() * total(), squares);
  }

  /** Wilson's 95 % interval of the recall of class {@code c}, on its effective number of rows. */
  public Optional<Interval> recallInterval(int c) {
    double actual = actual(c);
    double effective = actual * actual / squaredWeights[c];
    return actual > 0 && effective > 0 && Double.isFinite(effective)
        ? Optional.of(Interval.wilson(hits(c) / actual, effective))
        : Optional.empty();
  }

  static OptionalDouble ratio(double numerator, double denominator) {
    return denominator > 0 ? OptionalDouble.of(numerator / denominator) : OptionalDouble.empty();
  }

  private double hits() {
    double sum = 0;
    for (int c = 0; c < classes(); c++) {
      sum += hits(c);
    }
    return sum;
  }

  private double chance() {
    double sum = 0;
    for (int c = 0; c < classes(); c++) {
      sum += decided(c) * actual(c);
    }
    return sum;
  }
}
