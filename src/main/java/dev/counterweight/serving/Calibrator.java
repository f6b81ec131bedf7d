package dev.counterweight.serving;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.SortedMap;

/**
 * Learns, row by row, how far served probabilities are from what happens, and corrects them by a
 * temperature and a bias for each class, {@link Correction} (Guo et al. 2017), fitted by AdaGrad
 * (Duchi et al. 2011) on each row's weighted log loss. AdaGrad's sums forget, so that it keeps
 * following a drifting stream.
 *
 * <p>Starts at the identity, with a prior around it worth {@link #PRIOR_ROWS} rows, which few rows
 * of a class cannot outweigh.
 *
 * <p>A temperature far from 1 bends the odds between rare and common classes too, which the biases
 * of those that came before have learnt to set right. A class that comes late has no such bias, and
 * would be told many times as probable as it is, or as improbable. So it begins with the bias of
 * the rarest class before it, and the temperature is kept off what the weights say of its odds: the
 * less of that the more rows of it were seen, the less the fewer rows were seen before it.
 *
 * <p>A function of the rows and of the weights they were served by alone, bit for bit. Not
 * thread-safe.
 */
public final class Calibrator implements Stateful {
  private static final double RATE = 0.1;
  private static final double PRIOR_ROWS = 1;

  /** Rows after which the prior weighs no less and what was seen counts for 1/e. */
  private static final double HORIZON = 2_000;

  /** Rows before a class at which, being new, it is taken to differ most from those before it. */
  private static final double SETTLED = 20_000;

  private static final double MIN_TEMPERATURE = 0.1;
  private static final double MAX_TEMPERATURE = 4;
  private static final double MAX_BIAS = 8;

  /** Rows of a class after which it is no newcomer. */
  private static final double NEW_ROWS = 200;

  private static final double NOT_MET = -1;
  private static final String NEWNESS = "calibrator.newness";

  private final int classes;

  /** t, then b_c. */
  private final double[] parameters;

  /** t, then what is added to t ln p_c: b_c, for a newcomer with what keeps t off its odds. */
  private final double[] effective;

  /** How much of a newcomer a class is, from 1 to 0; {@link #NOT_MET} before it is counted. */
  private final double[] newness;

  /** Of a newcomer, the log of its weight over that of the rarest class before it. */
  private final double[] odds;

  /** Decayed sums of the parameters' squared gradients. */
  private final double[] squares;

  private final double[] corrected;
  private final Correction correction;
  private double rows;
  private boolean tellsNewness = true;

  /** The identity over {@code classes} classes. */
  public Calibrator(int classes) {
    this.classes = classes;
    this.parameters = new double[1 + classes];
    this.squares = new double[1 + classes];
    this.corrected = new double[classes];
    this.effective = new double[1 + classes];
    this.newness = new double[classes];
    this.odds = new double[classes];
    this.correction = new Correction(effective);
    parameters[0] = 1;
    Arrays.fill(squares, 1);
    Arrays.fill(newness, NOT_MET);
    renew();
  }

  /**
   * Takes the weights by which the rows that follow are served.
   *
   * @param weights what was divided out of their probabilities, by class; 0 for a class that is
   *     served nothing, as before it is counted
   */
  public void observe(float[] weights) {
    int rarest = rarest(weights);
    for (int c = 0; c < classes; c++) {
      if (weights[c] > 0 && newness[c] == NOT_MET) {
        newness[c] = newness();
        parameters[1 + c] = firstBias(c, rarest);
      }
      odds[c] = odds(c, rarest, weights);
    }
    renew();
  }

  /** The class of the largest weight that is no newcomer; {@link DecisionRule#NONE} without any. */
  private int rarest(float[] weights) {
    int rarest = DecisionRule.NONE;
    for (int c = 0; c < classes; c++) {
      if (newness[c] == 0
          && weights[c] > 0
          && (rarest == DecisionRule.NONE || weights[c] > weights[rarest])) {
        rarest = c;
      }
    }
    return rarest;
  }

  /** Of a class that is met now. */
  private double newness() {
    return rows / SETTLED;
  }

  private double firstBias(int c, int rarest) {
    return rarest == DecisionRule.NONE || rows == 0 ? parameters[1 + c] : parameters[1 + rarest];
  }

  private static double odds(int c, int rarest, float[] weights) {
    return rarest == DecisionRule.NONE || !(weights[c] > 0)
        ? 0
        : StrictMath.log(weights[c]) - StrictMath.log(weights[rarest]);
  }

  private void renew() {
    effective[0] = parameters[0];
    for (int c = 0; c < classes; c++) {
      effective[1 + c] = bias(parameters[1 + c], newness[c], odds[c]);
    }
  }

  private double bias(double learnt, double newness, double odds) {
    return newness > 0 ? learnt + (parameters[0] - 1) * newness * odds : learnt;
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
    rows = Math.min(SETTLED, rows + 1);
    double prior = PRIOR_ROWS / (PRIOR_ROWS + Math.min(HORIZON, rows));
    double slope = 0;
    for (int c = 0; c < classes; c++) {
      double gap = weight * (corrected[c] - (c == label ? 1 : 0));
      slope += gap * (Correction.ln(served[c]) + (newness[c] > 0 ? newness[c] * odds[c] : 0));
      double bias = move(1 + c, gap + prior * parameters[1 + c]);
      parameters[1 + c] = Math.max(-MAX_BIAS, Math.min(MAX_BIAS, bias));
    }
    double temperature = move(0, slope + prior * (parameters[0] - 1));
    parameters[0] = Math.max(MIN_TEMPERATURE, Math.min(MAX_TEMPERATURE, temperature));
    newness[label] =
        newness[label] > 0 ? Math.max(0, newness[label] - 1 / NEW_ROWS) : newness[label];
    renew();
  }

  /** t of the rows that follow. */
  public double temperature() {
    return parameters[0];
  }

  /**
   * b_c of the rows that follow.
   *
   * @param weights that those are served by, as {@link #observe} will be told
   */
  public double[] biases(float[] weights) {
    int rarest = rarest(weights);
    double[] biases = new double[classes];
    for (int c = 0; c < classes; c++) {
      boolean met = weights[c] > 0 && newness[c] == NOT_MET;
      biases[c] =
          bias(
              met ? firstBias(c, rarest) : parameters[1 + c],
              met ? newness() : newness[c],
              odds(c, rarest, weights));
    }
    return biases;
  }

  @Override
  public void declare(State state) {
    state
        .in("calibrator.")
        .doubles("parameters", parameters)
        .doubles("squares", squares)
        .number("rows", () -> rows, saved -> rows = saved)
        .notNegative("squares", "rows")
        .part(this::saveNewness, this::checkNewness)
        .restored(this::renew);
  }

  /** A state from before it was told is written as it was until there is something to tell. */
  private void saveNewness(SortedMap<String, Tensor> out) {
    if (tellsNewness || Arrays.stream(newness).anyMatch(value -> value != 0)) {
      out.put(NEWNESS, new Tensor.F64(newness.clone(), classes));
    }
  }

  private Runnable checkNewness(SafeTensors in) {
    boolean told = in.has(NEWNESS);
    double[] saved = told ? in.doubles(NEWNESS, classes) : new double[classes];
    for (double value : saved) {
      if (!(value == NOT_MET || (value >= 0 && value <= 1))) {
        throw new MalformedTensorsException(
            "tensor '%s' has %s: must be from 0 to 1, or %s".formatted(NEWNESS, value, NOT_MET));
      }
    }
    return () -> {
      tellsNewness = told;
      for (int c = 0; c < classes; c++) {
        // Whatever was learnt of a class has moved its bias.
        newness[c] = told || parameters[1 + c] != 0 ? saved[c] : NOT_MET;
      }
    };
  }

  private double move(int parameter, double gradient) {
    squares[parameter] += gradient * gradient - squares[parameter] / HORIZON;
    return parameters[parameter] - RATE * gradient / StrictMath.sqrt(1 + squares[parameter]);
  }
}
