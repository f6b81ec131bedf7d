package dev.counterweight.serving;

import dev.counterweight.loss.Counted;
import dev.counterweight.loss.Loss;
import dev.counterweight.loss.LossConfig;
import dev.counterweight.loss.Softmax;
import java.util.Arrays;

/**
 * From raw scores to decisions and probabilities. Training at class weights w teaches the odds of a
 * stream reweighted by w; dividing them out of what the loss taught gives back the stream's own:
 * for cross-entropy p(c|x) ~ softmax(z)_c / w_c (Saerens, Latinne and Decaestecker, 2002). Each
 * {@link Loss} says what its scores stand for. Of several candidates the mean by their shares is
 * taken: of what each gives the stream, and of the softmax of their scores. One of share 0 is
 * passed by, whatever it scored. A class that has not been {@link Counted} is left out of all this,
 * decided for only where costs say so, and told as {@link #UNCOUNTED}.
 *
 * <p>Not thread-safe.
 */
public final class ServedProbabilities {
  /** The probability of a class that has not been counted. */
  public static final double UNCOUNTED = 1e-6;

  /** What a class's share counts as at least, and what a loss favours it by, in its weights. */
  private static final float LEAST = 1e-9f;

  private final Loss loss;
  private final Counted counted;
  private final boolean balancedPerSlice;
  private final int classes;
  private final float[] weights;
  private final double[] decisionWeights;
  private final double[] candidate;
  private double[] shares = {1};
  private boolean known;

  /** What a job's loss asks for. */
  public static ServedProbabilities of(LossConfig config, int classes) {
    return new ServedProbabilities(Loss.of(config, classes), config.balancedPerSlice(), classes);
  }

  /**
   * By numbers that stay: rows are served by what was known at one step.
   *
   * @param prior p_c, as {@link #observe}
   * @param classWeight w_c, as {@link #observe}
   * @param weights what {@link #weights} gave then
   */
  static ServedProbabilities of(
      LossConfig config, float[] prior, float[] classWeight, float[] weights) {
    ServedProbabilities served = of(config, weights.length);
    served.observe(prior, classWeight);
    System.arraycopy(weights, 0, served.weights, 0, weights.length);
    return served;
  }

  /**
   * @param loss of this object alone: it is told other records than the learner's
   * @param balancedPerSlice whether the weights are worked out on each slice, which amounts to w_c
   *     = 1 / (K p_c)
   */
  ServedProbabilities(Loss loss, boolean balancedPerSlice, int classes) {
    this.loss = loss;
    this.balancedPerSlice = balancedPerSlice;
    this.classes = classes;
    this.weights = new float[classes];
    this.counted = new Counted(classes);
    this.decisionWeights = new double[classes];
    this.candidate = new double[classes];
  }

  /**
   * Takes the classes' standing by which the rows that follow are served.
   *
   * @param prior p_c; all 0 while nothing is known of the stream
   * @param classWeight w_c, at least 0; a class of weight 0 was not trained on and gets probability
   *     0
   */
  public void observe(float[] prior, float[] classWeight) {
    observe(prior, classWeight, new long[classes]);
  }

  /**
   * Takes the classes' standing where it may be behind what the model has learnt from: a class that
   * has not been counted by then, but learnt from, is served as one that has, at the weight that a
   * class not seen yet has.
   *
   * @param drawn rows of each class that the model has learnt from
   */
  public void observe(float[] prior, float[] classWeight, long[] drawn) {
    loss.observe(prior, classWeight);
    counted.observe(prior, drawn);
    float rarest = 0;
    for (float p : prior) {
      rarest = p > 0 ? Math.max(rarest, balanced(p)) : rarest;
    }
    known = rarest > 0;
    for (int c = 0; c < classes; c++) {
      float balanced = prior[c] > 0 ? balanced(prior[c]) : known ? rarest : 1;
      float weight = balancedPerSlice ? balanced : classWeight[c];
      weights[c] = counted.has(c) ? weight : 0;
      decisionWeights[c] = weights[c] > 0 ? weights[c] / Math.max(LEAST, loss.favour(c)) : 0;
    }
  }

  private float balanced(float prior) {
    return 1 / (classes * Math.max(LEAST, prior));
  }

  /**
   * Takes what each candidate counts in the rows that follow; at first there is one.
   *
   * @param shares J, which sum to 1; not copied, and not written to
   */
  public void mix(double[] shares) {
    this.shares = shares;
  }

  /** What is divided out of what the loss taught, by class; 0 for one that is not counted yet. */
  public float[] weights() {
    return weights.clone();
  }

  /**
   * What makes of served probabilities, by class, the odds that balanced decisions rest on: without
   * calibration those of the scores' own. 0 for a class that is served nothing. Good until the next
   * {@link #observe}, and not to be written to.
   */
  public double[] decisionWeights() {
    return decisionWeights;
  }

  /** Whether the rows that follow are served by anything known of the stream. */
  public boolean known() {
    return known;
  }

  /**
   * Whether all of a row's raw scores that count are finite: of others no probabilities can be
   * told.
   *
   * @param logits rows x J x K raw scores
   */
  public boolean finite(float[] logits, int row) {
    for (int j = 0; j < shares.length; j++) {
      if (shares[j] > 0 && !finite(logits, row, j)) {
        return false;
      }
    }
    return true;
  }

  private boolean finite(float[] logits, int row, int of) {
    int from = at(row, of);
    for (int i = from; i < from + classes; i++) {
      if (!Float.isFinite(logits[i])) {
        return false;
      }
    }
    return true;
  }

  private int at(int row, int of) {
    return (row * shares.length + of) * classes;
  }

  /**
   * Writes p(c|x) of one row.
   *
   * @param logits rows x J x K raw scores
   * @param row the row to take
   * @param target receives K probabilities, which sum to 1
   */
  public void of(float[] logits, int row, double[] target) {
    Arrays.fill(target, 0, classes, 0);
    for (int j = 0; j < shares.length; j++) {
      if (shares[j] > 0) {
        taught(logits, row, j);
        divideWeightsOut();
        add(shares[j], target);
      }
    }
  }

  /**
   * Of each candidate before they are mixed: what one leaves to a class of a small weight, another
   * would not outvote once it is divided by that.
   */
  private void divideWeightsOut() {
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      candidate[c] = weights[c] > 0 ? candidate[c] / weights[c] : 0;
      sum += candidate[c];
    }
    for (int c = 0; c < classes; c++) {
      candidate[c] = sum > 0 ? candidate[c] / sum : 1.0 / classes;
    }
  }

  /**
   * Writes the softmax of the scores that decisions rest on, without any correction.
   *
   * @param target receives K probabilities, which sum to 1
   */
  public void raw(float[] logits, int row, double[] target) {
    Arrays.fill(target, 0, classes, 0);
    for (int j = 0; j < shares.length; j++) {
      if (shares[j] > 0) {
        int from = at(row, j);
        for (int c = 0; c < classes; c++) {
          candidate[c] = loss.decisionScale() * logits[from + c];
        }
        counted.leaveOut(candidate);
        Softmax.replace(candidate);
        add(shares[j], target);
      }
    }
  }

  /**
   * Writes what the loss taught each candidate to say of a class, none of the weights divided out.
   *
   * @param target receives J probabilities; NaN of a candidate with a score that is not finite
   */
  public void told(float[] logits, int row, int label, double[] target) {
    for (int j = 0; j < shares.length; j++) {
      target[j] = Double.NaN;
      if (finite(logits, row, j)) {
        taught(logits, row, j);
        target[j] = candidate[label];
      }
    }
  }

  private void taught(float[] logits, int row, int of) {
    int from = at(row, of);
    for (int c = 0; c < classes; c++) {
      candidate[c] = logits[from + c];
    }
    counted.leaveOut(candidate);
    loss.probabilities(candidate);
  }

  private void add(double share, double[] target) {
    for (int c = 0; c < classes; c++) {
      target[c] += share * candidate[c];
    }
  }

  /**
   * Gives the classes that have not been counted their share of a row's probabilities, at the cost
   * of the others: the last thing done to what is served.
   *
   * @param served K probabilities, which sum to 1, calibrated if they are
   */
  public void share(double[] served) {
    double rest = 1 - (classes - counted.size()) * UNCOUNTED;
    for (int c = 0; counted.size() < classes && c < classes; c++) {
      served[c] = counted.has(c) ? served[c] * rest : UNCOUNTED;
    }
  }
}
