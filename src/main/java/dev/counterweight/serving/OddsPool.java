package dev.counterweight.serving;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Arrays;
import java.util.List;

/**
 * A logarithmic opinion pool (Genest and Zidek 1986) of a row's probabilities with other evidence
 * of its class: its odds of balanced classes o(c) become exp(t ln o(c) + sum_h b_h e_h(c)), an
 * {@link OddsCorrection}. t and b_h are fitted row by row, by AdaGrad (Duchi et al. 2011) on the
 * log loss of balanced classes; they have no number for a class, so that few rows are enough, and a
 * new class needs none.
 *
 * <p>A function of the rows and of the weights they were served by alone, bit for bit. Not
 * thread-safe.
 */
final class OddsPool implements Stateful {
  private final int classes;
  private final List<Parameter> bounds;
  private final double rate;
  private final double mostWeight;

  /** t, then b_h. */
  private final double[] parameters;

  /** Sums of the parameters' squared gradients. */
  private final double[] squares;

  /** t, then sum_h b_h e_h(c) of the row at hand. */
  private final double[] effective;

  /** e_h(c) of the row at hand, by kind. */
  private final double[] evidence;

  private final OddsCorrection correction;
  private final double[] balanced;
  private final double[] odds;
  private float[] weights;

  /** What makes weights of any size those of balanced classes. */
  private double scale = 1;

  /** Where a parameter begins, and between what it stays. */
  record Parameter(double initial, double least, double most) {}

  /**
   * @param rate of AdaGrad
   * @param mostWeight what a row of a rare class counts for at most, in rows of a mean one
   * @param bounds of t, then of b_h, one for each kind of evidence
   */
  OddsPool(int classes, double rate, double mostWeight, List<Parameter> bounds) {
    this.classes = classes;
    this.rate = rate;
    this.mostWeight = mostWeight;
    this.bounds = bounds;
    this.parameters = bounds.stream().mapToDouble(Parameter::initial).toArray();
    this.squares = new double[parameters.length];
    this.effective = new double[1 + classes];
    this.evidence = new double[(parameters.length - 1) * classes];
    this.correction = new OddsCorrection(effective);
    this.balanced = new double[classes];
    this.odds = new double[classes];
    this.weights = new float[classes];
    Arrays.fill(squares, 1);
    Arrays.fill(weights, 1);
  }

  /**
   * Takes the weights by which the rows that follow are served.
   *
   * @param by what was divided out of their probabilities, by class; 0 for a class that is served
   *     nothing; not copied
   */
  void observe(float[] by) {
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

  /** e_h(c) of the row at hand, K for each kind: to be written to before that row is taken. */
  double[] evidence() {
    return evidence;
  }

  /**
   * Corrects the probabilities of the row at hand.
   *
   * @param served K, which sum to 1
   * @param target receives K, which sum to 1; may be {@code served}
   */
  void apply(double[] served, double[] target) {
    sum();
    correction.apply(served, weights, target);
  }

  /**
   * Learns from the row at hand, once it has been scored.
   *
   * @param served K probabilities before correction
   * @param label its class
   * @param weight how many events it stands for, above 0
   */
  void learn(double[] served, int label, double weight) {
    if (!(weights[label] > 0) || !OddsCorrection.balance(served, weights, balanced)) {
      return; // Of a class that is not trained on, nothing can be learnt.
    }
    sum();
    correction.odds(balanced, weights, odds);
    double counts = weight * Math.min(weights[label] * scale, mostWeight);
    for (int c = 0; c < classes; c++) {
      odds[c] = counts * (odds[c] - (c == label ? 1 : 0));
    }
    move(0, slope(balanced, 0));
    for (int h = 0; h < parameters.length - 1; h++) {
      move(1 + h, slope(evidence, h * classes));
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

  private void move(int parameter, double gradient) {
    squares[parameter] += gradient * gradient;
    double moved = parameters[parameter] - rate * gradient / StrictMath.sqrt(squares[parameter]);
    Parameter bound = bounds.get(parameter);
    parameters[parameter] = Math.max(bound.least, Math.min(bound.most, moved));
  }

  private void sum() {
    Arrays.fill(effective, 0);
    effective[0] = parameters[0];
    for (int i = 0; i < evidence.length; i++) {
      effective[1 + i % classes] += parameters[1 + i / classes] * evidence[i];
    }
  }

  /** t, then b_h, of the rows that follow. */
  double[] parameters() {
    return parameters.clone();
  }

  /** What is added to t ln o(c) of the row at hand. */
  double[] biases() {
    sum();
    return Arrays.copyOfRange(effective, 1, effective.length);
  }

  /** Under the prefix of who has it. */
  @Override
  public void declare(State state) {
    state.doubles("parameters", parameters).doubles("squares", squares).notNegative("squares");
  }
}
