package dev.counterweight.serving;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Learns, row by row, what the newest labels say of the next one: where neighbours in a stream
 * resemble each other, as prices or states of a machine do, that is much, and where they do not,
 * next to nothing. An {@link OddsPool} of a row's probabilities with g_h(c) = ln(s_h(c) + {@value
 * #SMOOTHING}) - ln(1/K) of the share s_h(c) of a class among about the last 1, 5 and 33 labels
 * before the row.
 *
 * <p>Begins with t = 1 and b = 0, where nothing changes. A function of the rows and of the weights
 * they were served by alone, bit for bit. Not thread-safe.
 */
public final class LabelStack implements Stateful {
  /** What is added to a share, so that a class that was not among the newest is not ruled out. */
  static final double SMOOTHING = 0.01;

  private static final double RATE = 0.05;
  private static final double MOST_WEIGHT = 20;
  private static final OddsPool.Parameter TEMPERATURE = new OddsPool.Parameter(1, 0.2, 3);
  private static final OddsPool.Parameter SLOPE = new OddsPool.Parameter(0, -4, 4);

  private final int classes;
  private final OddsPool pool;

  /** Over {@code classes} classes, of shares over {@code horizons} lengths. */
  public LabelStack(int classes, int horizons) {
    this.classes = classes;
    List<OddsPool.Parameter> parameters = new ArrayList<>(List.of(TEMPERATURE));
    for (int h = 0; h < horizons; h++) {
      parameters.add(SLOPE);
    }
    this.pool = new OddsPool(classes, RATE, MOST_WEIGHT, parameters);
  }

  /** As {@link OddsPool#observe}. */
  public void observe(float[] by) {
    pool.observe(by);
  }

  /**
   * Corrects a row's probabilities.
   *
   * @param served K, which sum to 1
   * @param shares of the classes among the labels before it, a row of K for each length
   * @param at where they begin
   * @param target receives K, which sum to 1; may be {@code served}
   */
  public void apply(double[] served, float[] shares, int at, double[] target) {
    take(shares, at);
    pool.apply(served, target);
  }

  /**
   * Learns from a row, once it has been scored.
   *
   * @param served K probabilities before correction
   * @param shares as {@link #apply}
   * @param label its class
   * @param weight how many events it stands for, above 0
   */
  public void learn(double[] served, float[] shares, int at, int label, double weight) {
    take(shares, at);
    pool.learn(served, label, weight);
  }

  private void take(float[] shares, int at) {
    double[] evidence = pool.evidence();
    for (int i = 0; i < evidence.length; i++) {
      evidence[i] = StrictMath.log(shares[at + i] + SMOOTHING) + StrictMath.log(classes);
    }
  }

  /** t of the rows that follow. */
  public double temperature() {
    return pool.parameters()[0];
  }

  /** b_h of the rows that follow, by length. */
  public double[] slopes() {
    double[] all = pool.parameters();
    return Arrays.copyOfRange(all, 1, all.length);
  }

  /**
   * What is added to t ln o(c) of rows that follow.
   *
   * @param shares of the classes among the labels before them, a row of K for each length
   */
  public double[] biases(float[] shares) {
    take(shares, 0);
    return pool.biases();
  }

  @Override
  public void declare(State state) {
    pool.declare(state.in("recent."));
  }
}
