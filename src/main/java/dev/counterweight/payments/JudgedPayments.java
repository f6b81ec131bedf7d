package dev.counterweight.payments;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Payments, the probability of fraud that each was served, and what each was: in order of time, as
 * columns. Bounded by its capacity. Not thread-safe.
 */
public final class JudgedPayments {
  private final long[] timeMs;
  private final Pattern[] patterns;
  private final float[] amounts;
  private final double[] probabilities;
  private int size;

  /**
   * @param capacity the most payments it can take
   */
  public JudgedPayments(int capacity) {
    this.timeMs = new long[capacity];
    this.patterns = new Pattern[capacity];
    this.amounts = new float[capacity];
    this.probabilities = new double[capacity];
  }

  /**
   * Takes the next payment.
   *
   * @param probability of fraud, from 0 to 1
   */
  public void add(long timeMs, Pattern pattern, double amount, double probability) {
    if (!(probability >= 0 && probability <= 1)) {
      throw new IllegalArgumentException(
          "probability = " + probability + " of the payment at " + timeMs + ", must be 0 to 1");
    }
    if (size > 0 && timeMs < this.timeMs[size - 1]) {
      throw new IllegalArgumentException(
          "time = " + timeMs + " after " + this.timeMs[size - 1] + ", must be in order");
    }
    this.timeMs[size] = timeMs;
    patterns[size] = pattern;
    amounts[size] = (float) amount;
    probabilities[size++] = probability;
  }

  /** Those of the times from {@code fromMs} to before {@code toMs}. */
  public JudgedPayments between(long fromMs, long toMs) {
    int from = firstAt(fromMs);
    int to = Math.max(from, firstAt(toMs));
    JudgedPayments part = new JudgedPayments(to - from);
    System.arraycopy(timeMs, from, part.timeMs, 0, to - from);
    System.arraycopy(patterns, from, part.patterns, 0, to - from);
    System.arraycopy(amounts, from, part.amounts, 0, to - from);
    System.arraycopy(probabilities, from, part.probabilities, 0, to - from);
    part.size = to - from;
    return part;
  }

  public int size() {
    return size;
  }

  /** How many are fraud. */
  public int frauds() {
    int frauds = 0;
    for (int i = 0; i < size; i++) {
      frauds += fraud(i) ? 1 : 0;
    }
    return frauds;
  }

  public long timeMs(int i) {
    return timeMs[i];
  }

  public Pattern pattern(int i) {
    return patterns[i];
  }

  public boolean fraud(int i) {
    return patterns[i] != Pattern.NONE;
  }

  public double amount(int i) {
    return amounts[i];
  }

  public double probability(int i) {
    return probabilities[i];
  }

  /** Whether who believes its probability alerts. */
  boolean alert(int i) {
    return probabilities[i] * amounts[i] > Judgement.ALERT_COST;
  }

  /** The payments from the highest probability to the lowest. */
  int[] byProbability() {
    return IntStream.range(0, size)
        .boxed()
        .sorted((a, b) -> Double.compare(probabilities[b], probabilities[a]))
        .mapToInt(row -> row)
        .toArray();
  }

  /**
   * Of each payment, whether it is among this share of the most suspicious: 1 or 0, or the chance
   * that it is, where the share ends among payments of one probability, of which a part is taken.
   *
   * @param alerts share of the payments, above 0 and at most 1
   */
  double[] alerted(double alerts) {
    double[] sorted = Arrays.copyOf(probabilities, size);
    Arrays.sort(sorted);
    int many = (int) Math.ceil(alerts * size);
    double least = size == 0 ? 1 : sorted[size - many];
    long above = Arrays.stream(sorted).filter(one -> one > least).count();
    long tied = Arrays.stream(sorted).filter(one -> one == least).count();
    double[] alerted = new double[size];
    for (int i = 0; i < size; i++) {
      boolean sure = probabilities[i] > least;
      alerted[i] = sure ? 1 : probabilities[i] == least ? (double) (many - above) / tied : 0;
    }
    return alerted;
  }

  private int firstAt(long time) {
    int low = 0;
    int high = size;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (timeMs[middle] < time) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
