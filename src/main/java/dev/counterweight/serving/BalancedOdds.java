package dev.counterweight.serving;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.SortedMap;

/**
 * What balanced decisions weigh served probabilities by. The weights that balance the classes are
 * of counts, which follow a stream slowly; a calibrator follows it by itself. Where the stream has
 * just changed, what the calibrator has put right is balanced by weights that have not seen it yet,
 * while without it scores and weights lag alike. So decisions rest on a logarithmic opinion pool
 * (Genest and Zidek 1986) of both: ln d_c + a ln q_c + (1 - a) ln p_c, of the class weights d and
 * the probabilities with the calibrator's correction q and without it p.
 *
 * <p>a follows which of the two balanced odds told the newest rows of each class better, every
 * class alike, as {@link Mixture} does with candidates: by online EM, over about the last {@value
 * #WINDOW} rows of a class.
 *
 * <p>As q ~ exp(t ln p + b), all this is a matter of other weights: the class of the largest q_c
 * d'_c is decided for. A function of the rows and of the ends of slices alone, bit for bit. Not
 * thread-safe.
 */
public final class BalancedOdds implements Stateful {
  /** Rows of a class that a is of. */
  static final int WINDOW = 50;

  /** What a has at least, as has what it leaves: each can come back. */
  static final double FLOOR = 0.01;

  private static final String PREFIX = "decisions.";
  private static final String TRUST = PREFIX + "trust";
  private static final String ROWS = PREFIX + "rows";

  private final boolean applies;
  private final int classes;

  /** a; then, by class, the responsibility of what is corrected. */
  private final double[] trust;

  /** By class, at most {@link #WINDOW}. */
  private final double[] rows;

  /**
   * Both alike.
   *
   * @param applies whether there is a calibrator, and decisions by weights; if not, these stay what
   *     they are, and nothing is learnt
   */
  public BalancedOdds(int classes, boolean applies) {
    this.applies = applies;
    this.classes = classes;
    this.trust = new double[1 + classes];
    this.rows = new double[classes];
    Arrays.fill(trust, 0.5);
  }

  /** a of the rows that follow. */
  public double trust() {
    return trust[0];
  }

  /** {@link #weights(double[], double, double[])} of what is served in this way. */
  public double[] weights(ServedProbabilities by, Calibrator calibrator) {
    double[] weights = by.decisionWeights();
    return applies && by.known()
        ? weights(weights, calibrator.temperature(), calibrator.biases(by.weights()))
        : weights;
  }

  /**
   * What makes of served probabilities the odds that balanced decisions rest on; any multiple of
   * all would do as well.
   *
   * @param weights d, {@link ServedProbabilities#decisionWeights}
   * @param temperature t of the calibrator
   * @param biases b of the calibrator, by class
   * @return d', by class; 0 where d is
   */
  double[] weights(double[] weights, double temperature, double[] biases) {
    double rest = 1 - trust[0];
    double exponent = trust[0] + rest / temperature;
    double[] pooled = new double[classes];
    for (int c = 0; c < classes; c++) {
      double log = StrictMath.log(weights[c]) - rest / temperature * biases[c];
      pooled[c] = weights[c] > 0 ? StrictMath.exp(log / exponent) : 0;
    }
    return pooled;
  }

  /**
   * Learns from a row, once it has been decided; counts from the next {@link #refresh} on.
   *
   * @param corrected q, K that sum to 1
   * @param uncorrected p, K that sum to 1
   * @param by what it was served by
   * @param label its class
   */
  public void learn(double[] corrected, double[] uncorrected, ServedProbabilities by, int label) {
    if (applies && by.known()) {
      learn(corrected, uncorrected, by.decisionWeights(), label);
    }
  }

  void learn(double[] corrected, double[] uncorrected, double[] weights, int label) {
    if (!(weights[label] > 0)) {
      return; // Of a class that is not decided for, nothing can be learnt.
    }
    double with = trust[0] * told(corrected, weights, label);
    double without = (1 - trust[0]) * told(uncorrected, weights, label);
    rows[label] = Math.min(WINDOW, rows[label] + 1);
    trust[1 + label] += (with / (with + without) - trust[1 + label]) / rows[label];
  }

  /** The share of a class in balanced odds; one row cannot rule it out. */
  private double told(double[] probabilities, double[] weights, int label) {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      sum += weights[c] > 0 ? probabilities[c] * weights[c] : 0;
    }
    double share = probabilities[label] * weights[label] / sum;
    return share > Mixture.LEAST ? share : Mixture.LEAST;
  }

  /** Takes what was learnt into account: at the end of a slice. */
  public void refresh() {
    double sum = 0;
    int seen = 0;
    for (int c = 0; c < classes; c++) {
      sum += rows[c] > 0 ? trust[1 + c] : 0;
      seen += rows[c] > 0 ? 1 : 0;
    }
    trust[0] = seen > 0 ? FLOOR + (1 - 2 * FLOOR) * sum / seen : trust[0];
  }

  /** A state from before it was told leaves both alike. */
  @Override
  public void declare(State state) {
    if (!applies) {
      return;
    }
    state.in(PREFIX).notNegative("trust", "rows");
    state.part(this::save, this::check);
  }

  private void save(SortedMap<String, Tensor> out) {
    out.put(TRUST, new Tensor.F64(trust.clone(), trust.length));
    out.put(ROWS, new Tensor.F64(rows.clone(), rows.length));
  }

  private Runnable check(SafeTensors in) {
    if (!in.has(TRUST)) {
      return () -> {};
    }
    double[] saved = in.doubles(TRUST, trust.length);
    double[] counted = in.doubles(ROWS, rows.length);
    for (double value : saved) {
      if (!(value >= 0 && value <= 1)) {
        throw new MalformedTensorsException(
            "tensor '%s' has %s: must be from 0 to 1".formatted(TRUST, value));
      }
    }
    return () -> {
      System.arraycopy(saved, 0, trust, 0, trust.length);
      System.arraycopy(counted, 0, rows, 0, rows.length);
    };
  }
}
