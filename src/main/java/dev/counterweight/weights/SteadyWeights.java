package dev.counterweight.weights;

/**
 * Holds published weights still against jitter: all of them move, together, once one of them is off
 * by more than a share of what was published. Not thread-safe.
 */
public final class SteadyWeights {
  private final double minChange;
  private double[] published = new double[0];

  /**
   * @param minChange relative change, at least 0 and below 1; 0 lets every change through, and a
   *     weight that becomes 0, or was 0, always changes
   */
  public SteadyWeights(double minChange) {
    this.minChange = minChange;
  }

  /**
   * The weights to publish: these, or those published before.
   *
   * @param weights K weights, at least 0
   * @return K weights in a new array
   */
  public double[] next(double[] weights) {
    if (changed(weights)) {
      published = weights.clone();
    }
    return published.clone();
  }

  /** Goes on from weights that were published before, by this or another process. */
  public void resume(double[] weights) {
    published = weights.clone();
  }

  private boolean changed(double[] weights) {
    if (published.length != weights.length) {
      return true;
    }
    for (int c = 0; c < weights.length; c++) {
      if (Math.abs(weights[c] - published[c]) > minChange * published[c]) {
        return true;
      }
    }
    return false;
  }
}
