package dev.counterweight.serving;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Arrays;

/**
 * Learns, row by row, how far served probabilities are from what happens, and corrects them by a
 * temperature and a bias for each class, {@link Correction} (Guo et al. 2017), fitted by AdaGrad
 * (Duchi et al. 2011) on each row's weighted log loss. AdaGrad's sums forget, so that it keeps
 * following a drifting stream.
 *
 * <p>Starts at the identity, with a prior around it worth {@link #PRIOR_ROWS} rows, which few rows
 * of a class cannot outweigh. A function of the rows alone, bit for bit. Not thread-safe.
 */
public final class Calibrator implements Stateful {
  private static final double RATE = 0.1;
  private static final double PRIOR_ROWS = 1;

  /** Rows after which the prior weighs no less and what was seen counts for 1/e. */
  private static final double HORIZON = 20_000;

  private static final double MIN_TEMPERATURE = 0.1;
  private static final double MAX_TEMPERATURE = 4;
  private static final double MAX_BIAS = 8;

  private final int classes;

  /** t, then b_c. */
  private final double[] parameters;

  /** Decayed sums of the parameters' squared gradients. */
  private final double[] squares;

  private final double[] corrected;
  private final Correction correction;
  private double rows;

  /** The identity over {@code classes} classes. */
  public Calibrator(int classes) {
    this.classes = classes;
    this.parameters = new double[1 + classes];
    this.squares = new double[1 + classes];
    this.corrected = new double[classes];
    this.correction = new Correction(parameters);
    parameters[0] = 1;
    Arrays.fill(squares, 1);
  }

  /**
   * Corrects a row's probabilities; one of 0 stays 0.
   *
   * @param served K, which sum to 1
   * @param target receives K, which sum to 1; may be {@code served}
   */
  public void apply(double[] served, double[] target) {
    correction.apply(served, target);
  }

  /**
   * Learns from a row, once it has been scored.
   *
   * @param served K probabilities before correction
   * @param label its class
   * @param weight how many events it stands for, above 0
   */
  public void learn(double[] served, int label, double weight) {
    if (!(served[label] > 0)) {
      return; // Of a class that is not trained on, nothing can be learnt.
    }
    apply(served, corrected);
    rows = Math.min(HORIZON, rows + 1);
    double prior = PRIOR_ROWS / (PRIOR_ROWS + rows);
    double slope = 0;
    for (int c = 0; c < classes; c++) {
      double gap = weight * (corrected[c] - (c == label ? 1 : 0));
      slope += gap * Correction.ln(served[c]);
      double bias = move(1 + c, gap + prior * parameters[1 + c]);
      parameters[1 + c] = Math.max(-MAX_BIAS, Math.min(MAX_BIAS, bias));
    }
    double temperature = move(0, slope + prior * (parameters[0] - 1));
    parameters[0] = Math.max(MIN_TEMPERATURE, Math.min(MAX_TEMPERATURE, temperature));
  }

  /** t of the rows that follow. */
  public double temperature() {
    return parameters[0];
  }

  /** b_c of the rows that follow. */
  public double[] biases() {
    return Arrays.copyOfRange(parameters, 1, parameters.length);
  }

  @Override
  public void declare(State state) {
    state
        .in("calibrator.")
        .doubles("parameters", parameters)
        .doubles("squares", squares)
        .number("rows", () -> rows, saved -> rows = saved)
        .notNegative("squares", "rows");
  }

  private double move(int parameter, double gradient) {
    squares[parameter] += gradient * gradient - squares[parameter] / HORIZON;
    return parameters[parameter] - RATE * gradient / StrictMath.sqrt(1 + squares[parameter]);
  }
}
