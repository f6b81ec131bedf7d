package dev.counterweight.trainer;

import dev.counterweight.batch.RecentShares;
import dev.counterweight.config.JobConfig;
import dev.counterweight.serving.BalancedOdds;
import dev.counterweight.serving.Calibrator;
import dev.counterweight.serving.Decisions;
import dev.counterweight.serving.LabelStack;
import dev.counterweight.serving.ServedProbabilities;
import dev.counterweight.serving.ServingConfig;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * How rows are served by what a checkpoint knows of recent labels: by those from before it was
 * written, which are older than those beside a row of a record. What is learnt of the newest labels
 * would mislead there, where the next label is like them and the hundredth is not. So this learns
 * by itself, each row by the labels that the newest of the checkpoints before it would know, were
 * they written every {@code checkpoint.every.steps}: what it comes to are numbers that are good for
 * labels so old. Calibrator and threshold are of probabilities served so.
 *
 * <p>A function of the records and of the weights they are served by. Not thread-safe.
 */
final class LateLabels implements Stateful {
  private static final String PREFIX = "late.";

  private final boolean calibrate;
  private final long everySteps;
  private final int classes;
  private final LabelStack stack;
  private final Calibrator calibrator;
  private final Decisions decisions;
  private final BalancedOdds odds;
  private final double[] uncalibrated;
  private final double[] corrected;

  /** The labels that the newest checkpoint would know. */
  private float[] known;

  /** How many there would be. */
  private long checkpoints;

  LateLabels(JobConfig config) {
    ServingConfig serving = config.trainer().serving();
    this.calibrate = serving.calibrate();
    this.everySteps = config.trainer().checkpoints().everySteps();
    this.classes = config.events().schema().classCount();
    this.stack = new LabelStack(classes, RecentShares.FADES);
    this.calibrator = new Calibrator(classes);
    this.decisions = new Decisions(serving.decision(), config.events().schema().classes());
    this.odds = new BalancedOdds(classes, calibrate && serving.decision().balances());
    this.uncalibrated = new double[classes];
    this.corrected = new double[classes];
    this.known = new float[RecentShares.FADES * classes];
  }

  /** Takes the weights by which the rows that follow are served. */
  void observe(float[] weights, boolean streamKnown) {
    stack.observe(weights);
    if (calibrate && streamKnown) {
      calibrator.observe(weights);
    }
  }

  /**
   * Takes a row that is scored: decisions rest on what is served.
   *
   * @param served K probabilities before any correction
   */
  void scored(double[] served, ServedProbabilities probability, int label, double weight) {
    stack.apply(served, known, 0, uncalibrated);
    if (calibrate) {
      calibrator.apply(uncalibrated, corrected);
    } else {
      System.arraycopy(uncalibrated, 0, corrected, 0, classes);
    }
    probability.share(corrected);
    decisions.learn(label, weight, corrected);
    odds.learn(corrected, uncalibrated, probability, label);
  }

  /**
   * Learns from a row, once its slice is scored.
   *
   * @param served as {@link #scored}
   */
  void learn(double[] served, int label, double weight) {
    if (calibrate) {
      stack.apply(served, known, 0, uncalibrated);
      calibrator.learn(uncalibrated, label, weight);
    }
    stack.learn(served, known, 0, label, weight);
  }

  /**
   * Takes note that a record is done.
   *
   * @param newest gives the shares of the classes among the labels up to there
   * @param steps made up to there
   */
  void cover(Supplier<float[]> newest, long steps) {
    decisions.refresh();
    odds.refresh();
    if (steps / everySteps != checkpoints) {
      checkpoints = steps / everySteps;
      known = newest.get();
    }
  }

  LabelStack stack() {
    return stack;
  }

  Corrections corrections() {
    return new Corrections(calibrator, decisions, odds);
  }

  @Override
  public void declare(State state) {
    state
        .in(PREFIX)
        .count("checkpoints", () -> checkpoints, saved -> checkpoints = saved)
        .floats("known", () -> known, saved -> known = saved, RecentShares.FADES, classes)
        .notNegative("known");
    State own = State.of(stack, calibrator, decisions, odds);
    state.part(
        out -> own.save().forEach((name, tensor) -> out.put(PREFIX + name, tensor)),
        in -> own.check(own(in.tensors())));
  }

  /** Goes on from the state of a run that did without recent labels. */
  Runnable begin(SortedMap<String, Tensor> without) {
    return State.of(calibrator, decisions, odds).check(without);
  }

  private static SortedMap<String, Tensor> own(SortedMap<String, Tensor> all) {
    SortedMap<String, Tensor> own = new TreeMap<>();
    all.tailMap(PREFIX)
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(PREFIX)) {
                own.put(name.substring(PREFIX.length()), tensor);
              }
            });
    return own;
  }
}
