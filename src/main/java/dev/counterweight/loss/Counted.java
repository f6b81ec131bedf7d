package dev.counterweight.loss;

import java.util.Arrays;

/**
 * Which classes have been counted: those with a prior above 0, and all of them while nothing is
 * known of the stream. A class that has not been counted takes no part in a softmax. Were it there,
 * every row of another class would push its score down for as long as it does not come, and its
 * first events, when they do, would be met by a score far below all others.
 *
 * <p>Not thread-safe.
 */
public final class Counted {
  private final boolean[] missing;
  private int count;

  /** All of them. */
  public Counted(int classes) {
    this.missing = new boolean[classes];
    this.count = classes;
  }

  /**
   * Takes the classes' standing.
   *
   * @param prior p_c; a half-life makes it small, but never 0 again
   */
  public void observe(float[] prior) {
    Arrays.fill(missing, false);
    int seen = 0;
    for (float p : prior) {
      seen += p > 0 ? 1 : 0;
    }
    count = seen == 0 ? missing.length : seen;
    for (int c = 0; seen > 0 && c < missing.length; c++) {
      missing[c] = !(prior[c] > 0);
    }
  }

  /** Whether a class has been counted. */
  public boolean has(int c) {
    return !missing[c];
  }

  /** How many have. */
  public int size() {
    return count;
  }

  /** Takes the classes that have not been counted out of a row of scores. */
  public void leaveOut(double[] row) {
    for (int c = 0; count < row.length && c < row.length; c++) {
      row[c] = missing[c] ? Double.NEGATIVE_INFINITY : row[c];
    }
  }
}
