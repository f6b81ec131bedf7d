package dev.counterweight.weights;

import java.util.Arrays;

/**
 * Three running counts of each of K classes: events, undecayed and exact; n, for priors; and
 * weighted, which is n times importance, for weights. Not thread-safe.
 */
public final class ClassCounts {
  /** A multiple of the mean importance of a class, above which one event would decide alone. */
  public static final double MOST_IMPORTANCE = 100;

  private final long[] events;
  private final double[] n;
  private final double[] weighted;

  /**
   * The largest importance that an event of a class is given: {@value #MOST_IMPORTANCE} times the
   * mean of the class's, or of 1 where it has none.
   *
   * @param n n_c
   * @param weighted n_c times importance
   */
  public static double mostImportance(double n, double weighted) {
    return MOST_IMPORTANCE * (n > 0 && weighted > 0 ? weighted / n : 1);
  }

  /** Counts of K classes, all zero. */
  public ClassCounts(int classes) {
    this(new long[classes], new double[classes], new double[classes]);
  }

  /** Counts over these arrays of K values each, which belong to the counts from now on. */
  public ClassCounts(long[] events, double[] n, double[] weighted) {
    if (events.length != n.length || events.length != weighted.length) {
      throw new IllegalArgumentException(
          "counts of %d, %d and %d classes: they must be of the same"
              .formatted(events.length, n.length, weighted.length));
    }
    this.events = events;
    this.n = n;
    this.weighted = weighted;
  }

  /** Number of classes K. */
  public int classCount() {
    return events.length;
  }

  /**
   * Counts one event.
   *
   * @param label class index, 0 to K-1
   * @param importance finite and at least 0
   */
  public void add(int label, double importance) {
    events[label]++;
    n[label]++;
    weighted[label] += importance;
  }

  /**
   * Counts one event that has faded to a share of itself; {@code events} counts it whole.
   *
   * @param share above 0
   */
  void add(int label, double importance, double share) {
    events[label]++;
    n[label] += share;
    weighted[label] += importance * share;
  }

  /** Multiplies n and the weighted counts; what was above 0 stays so. */
  void scale(double factor) {
    for (int c = 0; c < n.length; c++) {
      n[c] = scaled(n[c], factor);
      weighted[c] = scaled(weighted[c], factor);
    }
  }

  private static double scaled(double count, double factor) {
    return count > 0 ? Math.max(Double.MIN_NORMAL, count * factor) : 0;
  }

  ClassCounts copy() {
    return new ClassCounts(events.clone(), n.clone(), weighted.clone());
  }

  /** Adds the counts of other events of the same classes. */
  public void add(ClassCounts other) {
    if (other.classCount() != classCount()) {
      throw new IllegalArgumentException(
          "cannot add counts of %d classes to counts of %d"
              .formatted(other.classCount(), classCount()));
    }
    for (int c = 0; c < events.length; c++) {
      events[c] += other.events[c];
      n[c] += other.n[c];
      weighted[c] += other.weighted[c];
    }
  }

  /** Events counted of a class. */
  public long events(int label) {
    return events[label];
  }

  /** n_c. */
  public double n(int label) {
    return n[label];
  }

  /** n_c times importance. */
  public double weighted(int label) {
    return weighted[label];
  }

  /** Events counted, over all classes. */
  public long totalEvents() {
    long total = 0;
    for (long count : events) {
      total += count;
    }
    return total;
  }

  /** A copy of the events of each class. */
  public long[] events() {
    return events.clone();
  }

  /** A copy of n. */
  public double[] n() {
    return n.clone();
  }

  /** A copy of the weighted counts. */
  public double[] weighted() {
    return weighted.clone();
  }

  /** Priors p_c = n_c / N in a new array; all zero while nothing was counted. */
  public double[] priors() {
    double total = Arrays.stream(n).sum();
    double[] priors = new double[n.length];
    if (total > 0) {
      for (int c = 0; c < n.length; c++) {
        priors[c] = n[c] / total;
      }
    }
    return priors;
  }
}
