package dev.counterweight.evaluation;

import dev.counterweight.tensor.MalformedTensorsException;
import java.nio.DoubleBuffer;
import java.nio.LongBuffer;
import java.util.Arrays;
import java.util.Optional;

/**
 * ADWIN2 (Bifet and Gavaldà 2007): a window over the newest values that is cut back as soon as two
 * parts of it have means too far apart for one distribution, that is, when the mean has changed.
 *
 * <p>Every {@value #CHECK_EVERY} values each split of the window is tested, at confidence {@value
 * #DELTA}; at one distribution a check is wrong with a probability below that, and in fact far
 * below. The window is kept in buckets of 2^i values, at most {@value #BUCKETS} a size: memory is
 * logarithmic in its length, which is bounded by 2^{@value #SIZES}. A function of the values alone,
 * bit for bit. Not thread-safe.
 */
final class Adwin {
  /** Chance of a wrong cut that a check allows. */
  static final double DELTA = 0.002;

  static final int CHECK_EVERY = 32;
  private static final int BUCKETS = 5;
  private static final int SIZES = 24;
  private static final int MIN_PART = 5;
  private static final int MIN_WINDOW = 16;

  /** Sums of the buckets of 2^i values from i SLOTS, oldest first; then of their squared gaps. */
  private static final int SLOTS = BUCKETS + 1;

  private final double[] sums = new double[SIZES * SLOTS];
  private final double[] gaps = new double[SIZES * SLOTS];
  private final long[] used = new long[SIZES];
  private long width;
  private long values;
  private double total;
  private double variance;

  /** Without values. */
  Adwin() {}

  /**
   * A change of the mean.
   *
   * @param before mean of the part of the window that was cut off
   * @param after mean of what is left
   */
  record Change(double before, double after) {}

  /**
   * Takes a value and tells whether the mean has changed.
   *
   * @param value within 0 to 1
   */
  Optional<Change> add(double value) {
    if (width > 0) {
      double gap = value - total / width;
      variance += width * gap * gap / (width + 1);
    }
    width++;
    values++;
    total += value;
    push(0, value, 0);
    compress();
    return values % CHECK_EVERY == 0 && width > MIN_WINDOW ? check() : Optional.empty();
  }

  /** Mean of the window; 0 without values. */
  double mean() {
    return width == 0 ? 0 : total / width;
  }

  /** Doubles that {@link #save} writes, and longs. */
  static final int DOUBLES = 2 * SIZES * SLOTS + 2;

  static final int LONGS = SIZES + 2;

  /** Writes the state: buckets, total and variance; numbers of buckets, width and values. */
  void save(DoubleBuffer doubles, LongBuffer longs) {
    doubles.put(sums).put(gaps).put(total).put(variance);
    longs.put(used).put(width).put(values);
  }

  /**
   * Goes on from what {@link #save} wrote.
   *
   * @throws MalformedTensorsException if it cannot have written this
   */
  Adwin(DoubleBuffer doubles, LongBuffer longs) {
    doubles.get(sums).get(gaps);
    total = doubles.get();
    variance = doubles.get();
    longs.get(used);
    width = longs.get();
    values = longs.get();
    long kept = 0;
    for (int size = 0; size < SIZES; size++) {
      kept += used[size] << size;
      if (used[size] < 0 || used[size] > BUCKETS) {
        throw new MalformedTensorsException(
            "a window of drift detection has %d buckets of %d values: must have 0 to %d"
                .formatted(used[size], 1L << size, BUCKETS));
      }
    }
    if (kept != width || values < width) {
      throw new MalformedTensorsException(
          "a window of drift detection has %d values in its buckets, of %d: must have %d"
              .formatted(kept, values, width));
    }
  }

  private void push(int size, double sum, double gap) {
    int at = size * SLOTS + (int) used[size]++;
    sums[at] = sum;
    gaps[at] = gap;
  }

  private void shift(int size, int by) {
    int from = size * SLOTS;
    System.arraycopy(sums, from + by, sums, from, SLOTS - by);
    System.arraycopy(gaps, from + by, gaps, from, SLOTS - by);
    Arrays.fill(sums, from + SLOTS - by, from + SLOTS, 0);
    Arrays.fill(gaps, from + SLOTS - by, from + SLOTS, 0);
    used[size] -= by;
  }

  /** Where there is one bucket too many of a size, its two oldest become one of the next. */
  private void compress() {
    for (int size = 0; size < SIZES && used[size] > BUCKETS; size++) {
      if (size == SIZES - 1) {
        dropOldest();
        return;
      }
      int at = size * SLOTS;
      double n = 1L << size;
      double apart = (sums[at] - sums[at + 1]) / n;
      double sum = sums[at] + sums[at + 1];
      double gap = gaps[at] + gaps[at + 1] + n * apart * apart / 2;
      shift(size, 2);
      push(size + 1, sum, gap);
    }
  }

  private Optional<Change> check() {
    double before = 0;
    long dropped = 0;
    while (width > MIN_WINDOW && split()) {
      double sumThen = total;
      long widthThen = width;
      dropOldest();
      before += sumThen - total;
      dropped += widthThen - width;
    }
    return dropped == 0 ? Optional.empty() : Optional.of(new Change(before / dropped, mean()));
  }

  /** Whether some split of the window has parts whose means are too far apart. */
  private boolean split() {
    long oldN = 0;
    double oldSum = 0;
    for (int size = SIZES - 1; size >= 0; size--) {
      for (int i = 0; i < used[size]; i++) {
        oldN += 1L << size;
        oldSum += sums[size * SLOTS + i];
        long newN = width - oldN;
        if (newN < MIN_PART) {
          return false;
        }
        if (oldN >= MIN_PART && apart(oldN, oldSum / oldN, newN, (total - oldSum) / newN)) {
          return true;
        }
      }
    }
    return false;
  }

  private boolean apart(long oldN, double oldMean, long newN, double newMean) {
    double m = 1.0 / (oldN - MIN_PART + 1) + 1.0 / (newN - MIN_PART + 1);
    double chance = StrictMath.log(2 * StrictMath.log(width) / DELTA);
    double bound = StrictMath.sqrt(2 * m * (variance / width) * chance) + 2.0 / 3 * chance * m;
    return Math.abs(oldMean - newMean) > bound;
  }

  private void dropOldest() {
    for (int size = SIZES - 1; size >= 0; size--) {
      if (used[size] > 0) {
        long n = 1L << size;
        double sum = sums[size * SLOTS];
        double gap = gaps[size * SLOTS];
        shift(size, 1);
        width -= n;
        total -= sum;
        double apart = sum / n - (width == 0 ? 0 : total / width);
        variance -= gap + n * (double) width * apart * apart / (n + width);
        variance = width == 0 ? 0 : Math.max(0, variance);
        return;
      }
    }
  }
}
