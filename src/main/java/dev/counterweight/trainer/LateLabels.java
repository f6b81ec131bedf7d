package dev.counterweight.trainer;

import dev.counterweight.batch.RecentShares;
import dev.counterweight.config.JobConfig;
import dev.counterweight.serving.LabelStack;
import dev.counterweight.serving.ServedProbabilities;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
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
  private static final String KNOWN = PREFIX + "known";

  private final long everySteps;
  private final int classes;
  private final LabelStack stack;
  private final Corrections corrections;
  private final double[] uncalibrated;
  private final double[] told;

  /** The labels that the newest checkpoint would know. */
  private float[] known;

  /** How many there would be. */
  private long checkpoints;

  LateLabels(JobConfig config) {
    this.everySteps = config.trainer().checkpoints().everySteps();
    this.classes = config.events().schema().classCount();
    this.stack = new LabelStack(classes, RecentShares.FADES);
    this.corrections = new Corrections(config);
    this.uncalibrated = new double[classes];
    this.told = new double[classes];
    this.known = new float[RecentShares.FADES * classes];
  }

  /** Takes the weights by which the rows that follow are served. */
  void observe(float[] weights, boolean streamKnown) {
    stack.observe(weights);
    corrections.observe(weights, streamKnown);
  }

  /**
   * Takes a row that is scored: decisions rest on what is served.
   *
   * @param served K probabilities before any correction
   */
  void scored(double[] served, ServedProbabilities probability, int label, double weight) {
    stack.apply(served, known, 0, uncalibrated);
    corrections.serve(uncalibrated, probability, told);
    corrections.learnDecision(uncalibrated, told, probability, label, weight);
  }

  /**
   * Learns from a row, once its slice is scored.
   *
   * @param served as {@link #scored}
   */
  void learn(double[] served, int label, double weight) {
    stack.apply(served, known, 0, uncalibrated);
    corrections.learn(uncalibrated, label, weight);
    stack.learn(served, known, 0, label, weight);
  }

  /**
   * Takes note that a record is done.
   *
   * @param newest gives the shares of the classes among the labels up to there
   * @param steps made up to there
   */
  void cover(Supplier<float[]> newest, long steps) {
    corrections.refresh();
    if (steps / everySteps != checkpoints) {
      checkpoints = steps / everySteps;
      known = newest.get();
    }
  }

  LabelStack stack() {
    return stack;
  }

  Corrections corrections() {
    return corrections;
  }

  @Override
  public void declare(State state) {
    state
        .in(PREFIX)
        .count("checkpoints", () -> checkpoints, saved -> checkpoints = saved)
        .part(
            out -> out.put(KNOWN, new Tensor.F32(known, RecentShares.FADES, classes)),
            this::checkKnown);
    State own = State.of(stack, corrections);
    state.in(PREFIX).part(own, in -> own.check(own(in.tensors())));
  }

  private Runnable checkKnown(SafeTensors in) {
    float[] saved = in.floats(KNOWN, RecentShares.FADES, classes);
    // All are 0 before there would be any checkpoint.
    if (!Arrays.equals(saved, new float[saved.length])) {
      RecentEvidence.requireShares(KNOWN, saved, classes);
    }
    return () -> known = saved;
  }

  /** Goes on from the state of a run that did without recent labels. */
  Runnable begin(SortedMap<String, Tensor> without) {
    return State.of(corrections).check(without);
  }

  /** Whether a state tells of this. */
  static boolean tells(SortedMap<String, Tensor> state) {
    return !own(state).isEmpty();
  }

  /** A tensor's name without recent labels. */
  static String plain(String name) {
    return name.startsWith(PREFIX) ? name.substring(PREFIX.length()) : name;
  }

  /** What a state tells of this, by the names that it would have without recent labels. */
  static SortedMap<String, Tensor> own(SortedMap<String, Tensor> all) {
    SortedMap<String, Tensor> own = new TreeMap<>();
    all.tailMap(PREFIX)
        .forEach(
            (name, tensor) -> {
              if (name.startsWith(PREFIX)) {
                own.put(plain(name), tensor);
              }
            });
    return own;
  }
}
