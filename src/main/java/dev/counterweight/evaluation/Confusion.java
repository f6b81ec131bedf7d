package dev.counterweight.evaluation;

import java.util.OptionalDouble;

/**
 * Weights of rows by class and by decision, and what follows from them alone. What is undefined is
 * empty. Means over classes run over those that have rows.
 *
 * @param cells weight of the rows of class i decided as class j, at i * classes + j; not copied
 */
record Confusion(int classes, double[] cells) {

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
    for (int j = 0; j < classes; j++) {
      sum += cells[c * classes + j];
    }
    return sum;
  }

  /** Weight of the rows decided as class {@code c}. */
  double decided(int c) {
    double sum = 0;
    for (int i = 0; i < classes; i++) {
      sum += cells[i * classes + c];
    }
    return sum;
  }

  /** Weight of the rows of class {@code c} decided as c. */
  double hits(int c) {
    return cells[c * classes + c];
  }

  /** Number of classes that have rows. */
  int evaluated() {
    int evaluated = 0;
    for (int c = 0; c < classes; c++) {
      evaluated += actual(c) > 0 ? 1 : 0;
    }
    return evaluated;
  }

  OptionalDouble recall(int c) {
    return ratio(hits(c), actual(c));
  }

  OptionalDouble precision(int c) {
    return ratio(hits(c), decided(c));
  }

  /** Rows decided as class {@code c} that are not, per 1,000 rows. */
  OptionalDouble falseAlarms(int c) {
    return ratio(1000 * (decided(c) - hits(c)), total());
  }

  /** Share of the rows of class {@code c} decided as class {@code j}. */
  OptionalDouble share(int c, int j) {
    return ratio(cells[c * classes + j], actual(c));
  }

  OptionalDouble f1(int c) {
    return ratio(2 * hits(c), actual(c) + decided(c));
  }

  OptionalDouble balancedAccuracy() {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += recall(c).orElse(0);
    }
    return ratio(sum, evaluated());
  }

  OptionalDouble gmean() {
    int evaluated = evaluated();
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

  OptionalDouble accuracy() {
    return ratio(hits(), total());
  }

  /** Matthews correlation coefficient for any number of classes (Gorodkin 2004). */
  OptionalDouble mcc() {
    double total = total();
    double squaredDecided = 0;
    double squaredActual = 0;
    for (int c = 0; c < classes; c++) {
      squaredDecided += decided(c) * decided(c);
      squaredActual += actual(c) * actual(c);
    }
    double square = (total * total - squaredDecided) * Math.max(0, total * total - squaredActual);
    return ratio(hits() * total - chance(), StrictMath.sqrt(Math.max(0, square)));
  }

  /** Cohen's kappa; of rows of one class alone there is no agreement beyond chance to speak of. */
  OptionalDouble kappa() {
    double total = total();
    return evaluated() < 2
        ? OptionalDouble.empty()
        : ratio(hits() * total - chance(), total * total - chance());
  }

  static OptionalDouble ratio(double numerator, double denominator) {
    return denominator > 0 ? OptionalDouble.of(numerator / denominator) : OptionalDouble.empty();
  }

  private double hits() {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += hits(c);
    }
    return sum;
  }

  private double chance() {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += decided(c) * actual(c);
    }
    return sum;
  }
}
