package dev.counterweight.serving;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Arrays;

/**
 * Learns, row by row, what the newest labels say of the next one: where neighbours in a stream
 * resemble each other, as prices or states of a machine do, that is much, and where they do not,
 * next to nothing. A row's odds of balanced classes o(c) become exp(t ln o(c) + sum_h b_h g_h(c)),
 * {@link RecentCorrection}, where g_h(c) is ln(s_h(c) + {@value #SMOOTHING}) - ln(1/K) of the share
 * s_h(c) of a class among about the last 1, 5 and 33 labels before the row. t and b_h are fitted by
 * AdaGrad (Duchi et al. 2011) on the log loss of balanced classes; they have no number for a class,
 * so that few rows are enough, and a new class needs none.
 *
 * <p>Begins with t = 1 and b = 0, where nothing changes. A function of the rows and of the weights
 * they were served by alone, bit for bit. Not thread-safe.
 */
public final class LabelStack implements Stateful {
  /** What is added to a share, so that a class that was not among the newest is not ruled out. */
  static final double SMOOTHING = 0.01;

  private static final double RATE = 0.05;
  private static final double MIN_TEMPERATURE = 0.2;
  private static final double MAX_TEMPERATURE = 3;
  private static final double MAX_SLOPE = 4;

  /** What a row of a rare class counts for at most, in rows of a mean one. */
  private static final double MAX_WEIGHT = 20;

  private final int classes;
  private final int horizons;

  /** t, then b_h. */
  private final double[] parameters;

  /** Sums of the parameters' squared gradients. */
  private final double[] squares;

  /** t, then sum_h b_h g_h(c) of the row at hand. */
  private final double[] effective;

  /** g_h(c) of the row at hand, by length. */
  private final double[] evidence;

  private final RecentCorrection correction;
  private final double[] balanced;
  private final double[] odds;
  private float[] weights;

  /** What makes weights of any size those of balanced classes. */
  private double scale = 1;

  /** Over {@code classes} classes, of shares over {@code horizons} lengths. */
  public LabelStack(int classes, int horizons) {
    this.classes = classes;
    this.horizons = horizons;
    this.parameters = new double[1 + horizons];
    this.squares = new double[1 + horizons];
    this.effective = new double[1 + classes];
    this.evidence = new double[horizons * classes];
    this.correction = new RecentCorrection(effective);
    this.balanced = new double[classes];
    this.odds = new double[classes];
    this.weights = new float[classes];
    parameters[0] = 1;
    Arrays.fill(squares, 1);
    Arrays.fill(weights, 1);
  }

  /**
   * Takes the weights by which the rows that follow are served.
   *
   * @param by what was divided out of their probabilities, by class; 0 for a class that is served
   *     nothing; not copied
   */
  public void observe(float[] by) {
    weights = by;
    scale = scale(by);
  }

  /**
   * AdaGrad begins with sums of 1, so that steps of weights such as 1/n_c would come to nothing.
   */
  private static double scale(float[] weights) {
    double rows = 0;
    for (float weight : weights) {
      rows += weight > 0 ? 1.0 / weight : 0; // None of a class all but faded away.
    }
    return rows > 0 ? rows / weights.length : 1;
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
    correction.apply(served, weights, target);
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
    if (!(weights[label] > 0) || !RecentCorrection.balance(served, weights, balanced)) {
      return; // Of a class that is not trained on, nothing can be learnt.
    }
    take(shares, at);
    correction.odds(balanced, weights, odds);
    double counts = weight * Math.min(weights[label] * scale, MAX_WEIGHT);
    for (int c = 0; c < classes; c++) {
      odds[c] = counts * (odds[c] - (c == label ? 1 : 0));
    }
    move(0, slope(balanced, 0), MIN_TEMPERATURE, MAX_TEMPERATURE);
    for (int h = 0; h < horizons; h++) {
      move(1 + h, slope(evidence, h * classes), -MAX_SLOPE, MAX_SLOPE);
    }
  }

  /** Of the loss along what a parameter is multiplied by. */
  private double slope(double[] of, int at) {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += odds[c] * of[at + c];
    }
    return sum;
  }

  private void move(int parameter, double gradient, double least, double most) {
    squares[parameter] += gradient * gradient;
    double moved = parameters[parameter] - RATE * gradient / StrictMath.sqrt(squares[parameter]);
    parameters[parameter] = Math.max(least, Math.min(most, moved));
  }

  private void take(float[] shares, int at) {
    Arrays.fill(effective, 0);
    effective[0] = parameters[0];
    for (int i = 0; i < evidence.length; i++) {
      evidence[i] = StrictMath.log(shares[at + i] + SMOOTHING) + StrictMath.log(classes);
      effective[1 + i % classes] += parameters[1 + i / classes] * evidence[i];
    }
  }

  /** t of the rows that follow. */
  public double temperature() {
    return parameters[0];
  }

  /** b_h of the rows that follow, by length. */
  public double[] slopes() {
    return Arrays.copyOfRange(parameters, 1, parameters.length);
  }

  /**
   * What is added to t ln o(c) of rows that follow.
   *
   * @param shares of the classes among the labels before them, a row of K for each length
   */
  public double[] biases(float[] shares) {
    take(shares, 0);
    return Arrays.copyOfRange(effective, 1, effective.length);
  }

  @Override
  public void declare(State state) {
    state
        .in("recent.")
        .doubles("parameters", parameters)
        .doubles("squares", squares)
        .notNegative("squares");
  }
}
