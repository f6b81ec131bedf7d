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
    observe(prior, new long[missing.length]);
  }

  /**
   * Takes the classes' standing by a snapshot that is behind what a model has learnt from.
   *
   * @param prior p_c
   * @param drawn rows of each class that the model has learnt from: one is enough
   */
  public void observe(float[] prior, long[] drawn) {
    Arrays.fill(missing, false);
    boolean known = false;
    for (float p : prior) {
      known |= p > 0;
    }
    count = missing.length;
    for (int c = 0; known && c < missing.length; c++) {
      missing[c] = !(prior[c] > 0 || drawn[c] > 0);
      count -= missing[c] ? 1 : 0;
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
