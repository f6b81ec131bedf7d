package dev.counterweight.sampling;

import dev.counterweight.batch.RecentShares;
import dev.counterweight.protocol.InvariantException;
import java.util.Arrays;

/**
 * How the last labels of one stream fell on the classes: with every label s += rate (one-hot - s),
 * at three rates, from 1/K on. An event costs the same however many classes there are: a class's
 * shares are written when its own event comes, and faded when they are read. Not thread-safe.
 */
final class FadingShares {
  private static final double[] RATES = {1, 0.2, 0.03};

  // By rate what n labels of other classes leave of a share; nothing that a float can hold after.
  private static final double[][] KEPT =
      Arrays.stream(RATES).mapToObj(r -> kept(1 - r)).toArray(double[][]::new);

  private final int classes;
  private final float[] shares; // of each class as its last event left them; FADES x K
  private final int[] since; // which label that was
  private int labels; // since the last cut

  /** Of a stream without a label so far. */
  FadingShares(int classes) {
    this.classes = classes;
    this.shares = new float[RecentShares.FADES * classes];
    this.since = new int[classes];
    Arrays.fill(shares, 1f / classes);
  }

  /** Going on from what {@link #cut} gave. */
  FadingShares(int classes, float[] from) {
    this(classes);
    if (from.length != shares.length) {
      throw new InvariantException(
          "recent labels have shares of each class", shares.length, from.length);
    }
    System.arraycopy(from, 0, shares, 0, shares.length);
  }

  /** Takes in a label. */
  void saw(int label) {
    labels++;
    int faded = labels - since[label];
    for (int fade = 0; fade < RATES.length; fade++) {
      int at = fade * classes + label;
      shares[at] = (float) (shares[at] * left(fade, faded) + RATES[fade]);
    }
    since[label] = labels;
  }

  /** Writes the shares as they are now; FADES x K. */
  void read(float[] into, int at) {
    for (int fade = 0; fade < RATES.length; fade++) {
      for (int c = 0; c < classes; c++) {
        int from = fade * classes + c;
        into[at + from] = (float) (shares[from] * left(fade, labels - since[c]));
      }
    }
  }

  /** The shares as they are now, from which this goes on: rounded as whoever resumes has them. */
  float[] cut() {
    float[] now = new float[shares.length];
    read(now, 0);
    System.arraycopy(now, 0, shares, 0, now.length);
    Arrays.fill(since, 0);
    labels = 0;
    return now;
  }

  private static double left(int fade, int labels) {
    double[] kept = KEPT[fade];
    return labels < kept.length ? kept[labels] : 0;
  }

  private static double[] kept(double ofOne) {
    double[] kept = new double[4096];
    int n = 0;
    for (double left = 1; left >= Float.MIN_VALUE / 2.0; left *= ofOne) {
      kept[n++] = left;
    }
    return Arrays.copyOf(kept, n);
  }
}
