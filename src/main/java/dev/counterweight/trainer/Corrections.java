package dev.counterweight.trainer;

import dev.counterweight.config.JobConfig;
import dev.counterweight.serving.BalancedOdds;
import dev.counterweight.serving.Calibrator;
import dev.counterweight.serving.Decisions;
import dev.counterweight.serving.ServedProbabilities;
import dev.counterweight.serving.ServingConfig;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;

/**
 * What makes of mixed probabilities those that are served, and decisions: the calibrator where the
 * job asks for one, the rule of decisions with its threshold, and what balanced decisions weigh
 * classes by. They learn once a slice is scored.
 *
 * <p>A function of the rows and of the weights they are served by. Not thread-safe.
 */
final class Corrections implements Stateful {
  private final boolean calibrate;
  private final int classes;
  private final Calibrator calibrator;
  private final Decisions decisions;
  private final BalancedOdds odds;

  Corrections(JobConfig config) {
    ServingConfig serving = config.trainer().serving();
    this.calibrate = serving.calibrate();
    this.classes = config.events().schema().classCount();
    this.calibrator = new Calibrator(classes);
    this.decisions = new Decisions(serving.decision(), config.events().schema().classes());
    this.odds = new BalancedOdds(classes, calibrate && serving.decision().balances());
  }

  /**
   * Takes the weights by which the rows that follow are served.
   *
   * @param streamKnown whether they are of anything known of the stream
   */
  void observe(float[] weights, boolean streamKnown) {
    if (calibrate && streamKnown) {
      calibrator.observe(weights);
    }
  }

  /**
   * Makes of a row's probabilities those that are served.
   *
   * @param uncorrected K, which sum to 1
   * @param served receives K, which sum to 1
   */
  void serve(double[] uncorrected, ServedProbabilities by, double[] served) {
    if (calibrate) {
      calibrator.apply(uncorrected, served);
    } else {
      System.arraycopy(uncorrected, 0, served, 0, classes);
    }
    by.share(served);
  }

  /** As {@link BalancedOdds#weights(ServedProbabilities, Calibrator)}. */
  double[] decisionWeights(ServedProbabilities by) {
    return odds.weights(by, calibrator);
  }

  /**
   * Decisions learn from a row, once it has been decided; counts from the next {@link #refresh} on.
   *
   * @param served what {@link #serve} made of {@code uncorrected}
   */
  void learnDecision(
      double[] uncorrected, double[] served, ServedProbabilities by, int label, double weight) {
    decisions.learn(label, weight, served);
    odds.learn(served, uncorrected, by, label);
  }

  /** The calibrator learns from a row, once its slice is scored. */
  void learn(double[] uncorrected, int label, double weight) {
    if (calibrate) {
      calibrator.learn(uncorrected, label, weight);
    }
  }

  /** Takes what decisions learnt into account: at the end of a slice. */
  void refresh() {
    decisions.refresh();
    odds.refresh();
  }

  /** What corrects probabilities where the job asks for it. */
  Calibrator calibrator() {
    return calibrator;
  }

  /** By which rule classes are decided, and where its threshold stands. */
  Decisions decisions() {
    return decisions;
  }

  @Override
  public void declare(State state) {
    calibrator.declare(state);
    decisions.declare(state);
    odds.declare(state);
  }
}
