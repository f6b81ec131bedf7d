package dev.counterweight.serving;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.stream.DoubleStream;

/**
 * Pools what networks say of a row with what a forest does, in two views: an {@link OddsPool} of
 * the row's probabilities with the logarithms of the forest's, which are of balanced classes. A
 * product of powers, not a mean: it takes the best of both, and a power moves with every row.
 *
 * <p>A function of the rows and of the weights they were served by alone, bit for bit. Not
 * thread-safe.
 */
public final class ForestPool implements Stateful {
  private static final double RATE = 0.02;

  /**
   * With less, rows of a common class would count for more than those of one that is rarer than
   * that: its recall would fall.
   */
  private static final double MOST_WEIGHT = 1_000;

  private static final String PARAMETERS = "forest.pool.parameters";

  private final int classes;
  private final OddsPool pool;

  /** At the powers that a new job begins with. */
  public ForestPool(int classes) {
    this(classes, ForestShares.INITIAL);
  }

  ForestPool(int classes, ForestShares shares) {
    this.classes = classes;
    this.pool =
        new OddsPool(
            classes,
            RATE,
            MOST_WEIGHT,
            DoubleStream.of(shares.networks(), shares.slow(), shares.quick())
                .mapToObj(share -> new OddsPool.Parameter(share, 0, ForestShares.MOST))
                .toList());
  }

  /** As {@link OddsPool#observe}. */
  public void observe(float[] by) {
    pool.observe(by);
  }

  /**
   * Makes of a row's probabilities those that are pooled.
   *
   * @param served K, which sum to 1
   * @param views what the forest says of the row: {@code slow}, K that sum to 1, then {@code quick}
   * @param at where that begins
   * @param target receives K, which sum to 1; may be {@code served}
   */
  public void apply(double[] served, double[] views, int at, double[] target) {
    take(views, at);
    pool.apply(served, target);
  }

  /**
   * Learns from a row, once it has been scored.
   *
   * @param served K probabilities before they were pooled
   * @param views as {@link #apply}
   * @param label its class
   * @param weight how many events it stands for, above 0
   */
  public void learn(double[] served, double[] views, int at, int label, double weight) {
    take(views, at);
    pool.learn(served, label, weight);
  }

  private void take(double[] views, int at) {
    double[] evidence = pool.evidence();
    for (int i = 0; i < 2 * classes; i++) {
      evidence[i] = StrictMath.log(Math.max(views[at + i], OddsCorrection.LEAST));
    }
  }

  /** What counts how much in the rows that follow. */
  public ForestShares shares() {
    double[] all = pool.parameters();
    return new ForestShares(all[0], all[1], all[2]);
  }

  @Override
  public void declare(State state) {
    state.part(out -> {}, this::check);
    State own = state.in("forest.pool.").notNegative("parameters");
    pool.declare(own);
  }

  private Runnable check(SafeTensors in) {
    for (double power : in.doubles(PARAMETERS, pool.parameters().length)) {
      if (power > ForestShares.MOST) {
        throw new MalformedTensorsException(
            "tensor '%s' has %s: must be at most %s"
                .formatted(PARAMETERS, power, ForestShares.MOST));
      }
    }
    return () -> {};
  }
}
