package dev.counterweight.evaluation;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;

/**
 * Sums over all scored rows in which every later row makes a row count less, by a constant factor
 * (Gama, Sebastião and Rodrigues 2013): they follow a stream smoothly and need no rows kept.
 *
 * <p>Rather than all sums shrinking with every row, the rows grow; what metrics are, ratios, does
 * not change by it. Before the growth overflows everything is brought back to where it began, but
 * no class below a weight that is nothing beside the others': however long ago its last row came,
 * its recall stays what it was.
 */
final class Fading implements Stateful {
  /** What a row counts for once another came. */
  static final double FACTOR = 1 - 1.0 / 2048;

  private static final double MAX_GROWTH = 1e60;

  /** Its square, and shares of that, are still numbers. */
  private static final double LEAST = 1e-100;

  private final int classes;
  private final Totals totals;
  private double growth = 1;

  Fading(int classes) {
    this.classes = classes;
    this.totals = new Totals(classes);
  }

  void add(int label, int decision, double weight, double loss, double[] served) {
    growth /= FACTOR;
    if (growth > MAX_GROWTH) {
      totals.scale(1 / growth, LEAST);
      growth = 1;
    }
    totals.add(label, decision, weight * growth, loss, served);
  }

  /** Without areas, which need ranks. */
  Metrics metrics() {
    return totals.metrics(Areas.none(classes), Areas.none(classes));
  }

  @Override
  public void declare(State state) {
    totals.declare(state);
    state.number("growth", () -> growth, saved -> growth = saved).notNegative("growth");
  }
}
