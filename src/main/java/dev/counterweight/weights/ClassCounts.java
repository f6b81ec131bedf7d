package dev.counterweight.weights;

import dev.counterweight.protocol.InvariantException;
import java.util.Arrays;

/**
 * Four running counts of each of K classes: events, undecayed and exact; n, for priors; weighted,
 * which is n times importance, for weights; and positive, which is n of the events whose importance
 * is above 0. Not thread-safe.
 */
public final class ClassCounts {
  /** A multiple of a class's mean positive importance: above it one event would decide alone. */
  public static final double MAX_IMPORTANCE = 100;

  // Of what is taken away, far above what the rounding of its share and of the sums can come to.
  private static final double ROUNDING = 0x1p-40;

  private final long[] events;
  private final double[] n;
  private final double[] weighted;
  private final double[] positive;

  /** Counts of K classes, all zero. */
  public ClassCounts(int classes) {
    this(new long[classes], new double[classes], new double[classes], new double[classes]);
  }

  /**
   * Counts in which it was not kept which importances are above 0: {@code positive} is as much as
   * makes the mean of a class's importances at least 1, so that none is cut for want of knowing
   * better.
   */
  public ClassCounts(long[] events, double[] n, double[] weighted) {
    this(events, n, weighted, new double[n.length]);
    Arrays.setAll(positive, c -> Math.min(n[c], weighted[c]));
  }

  /** Counts over these arrays of K values each, which belong to the counts from now on. */
  public ClassCounts(long[] events, double[] n, double[] weighted, double[] positive) {
    if (events.length != n.length
        || events.length != weighted.length
        || events.length != positive.length) {
      throw new IllegalArgumentException(
          "counts of %d, %d, %d and %d classes: they must be of the same"
              .formatted(events.length, n.length, weighted.length, positive.length));
    }
    this.events = events;
    this.n = n;
    this.weighted = weighted;
    this.positive = positive;
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
    add(label, importance, 1);
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
    positive[label] += importance > 0 ? share : 0;
  }

  /**
   * Takes away one event that was counted, faded to the share that it has now; without effect where
   * none of its class is left.
   *
   * <p>What stays is right but for rounding, which goes by what was taken: where less than that is
   * left, of events that have faded beside it, they are taken for of importance 1, and n of a class
   * that still has events stays above 0.
   *
   * @param share above 0 and finite
   * @return whether there was one
   */
  boolean take(int label, double importance, double share) {
    if (events[label] == 0) {
      return false;
    }
    events[label]--;
    double rounding = share * ROUNDING;
    n[label] -= share;
    if (events[label] == 0) {
      n[label] = 0;
      weighted[label] = 0;
      positive[label] = 0;
    } else if (n[label] < rounding) {
      n[label] = Math.max(Double.MIN_NORMAL, n[label]);
      weighted[label] = weighted[label] > 0 ? n[label] : 0;
      positive[label] = positive[label] > 0 ? n[label] : 0;
    } else if (importance > 0) {
      takePositive(label, importance * share, share, rounding);
    }
    return true;
  }

  private void takePositive(int label, double weight, double share, double rounding) {
    positive[label] -= share;
    if (positive[label] < rounding) {
      positive[label] = 0;
      weighted[label] = 0;
    } else {
      weighted[label] = Math.max(Double.MIN_NORMAL, weighted[label] - weight);
    }
  }

  /** Multiplies n, the weighted and the positive counts; what was above 0 stays so. */
  void scale(double factor) {
    for (int c = 0; c < n.length; c++) {
      n[c] = scaled(n[c], factor);
      weighted[c] = scaled(weighted[c], factor);
      positive[c] = scaled(positive[c], factor);
    }
  }

  private static double scaled(double count, double factor) {
    return count > 0 ? Math.max(Double.MIN_NORMAL, count * factor) : 0;
  }

  /** The same counts of these classes and of others behind them, of which there is none. */
  public ClassCounts grownTo(int classes) {
    return new ClassCounts(
        Arrays.copyOf(events, classes),
        Arrays.copyOf(n, classes),
        Arrays.copyOf(weighted, classes),
        Arrays.copyOf(positive, classes));
  }

  ClassCounts copy() {
    return grownTo(classCount());
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
      positive[c] += other.positive[c];
    }
  }

  /**
   * Holds counts, where they are written and where they are read, to what counts are.
   *
   * @param where they stand, for the message
   * @throws InvariantException if one is negative or not finite
   */
  public void requireSound(String where) {
    for (long count : events) {
      requireSound(where + ": events", count);
    }
    requireSound(where + ": n", n);
    requireSound(where + ": weighted", weighted);
    requireSound(where + ": positive", positive);
  }

  static void requireSound(String what, double... values) {
    for (double value : values) {
      if (!(value >= 0 && Double.isFinite(value))) {
        throw new InvariantException(what + " are finite and not negative", "0 or more", value);
      }
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

  /** n of the events of a class whose importance is above 0. */
  public double positive(int label) {
    return positive[label];
  }

  /** The mean importance of a class; 1 while none of it was counted. */
  public double meanImportance(int label) {
    return n[label] > 0 ? weighted[label] / n[label] : 1;
  }

  /**
   * The largest importance that an event of a class is given: {@value #MAX_IMPORTANCE} times the
   * mean of the class's that are above 0, or of 1 where it has none. Events that are to be ignored
   * are no measure of the others: with them in the mean, it would follow what it bounds down to 0.
   */
  public double mostImportance(int label) {
    boolean known = positive[label] > 0 && weighted[label] > 0;
    return MAX_IMPORTANCE * (known ? weighted[label] / positive[label] : 1);
  }

  /** Events counted, over all classes. */
  public long totalEvents() {
    return Arrays.stream(events).sum();
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

  /** A copy of the positive counts. */
  public double[] positive() {
    return positive.clone();
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
