package dev.counterweight.serving;

import dev.counterweight.evaluation.Threshold;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import dev.counterweight.tensor.Tensor;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decides for a class by the rule configured. A threshold is that of the rows learnt from before:
 * no decision knows of its own row's label. A function of the rows alone. Not thread-safe.
 */
public final class Decisions implements Stateful {
  private static final String CLASS = "threshold.class";

  private final DecisionConfig config;
  private final DecisionRule rule;
  private final int thresholdClass;
  private final @Nullable Threshold threshold;
  private double value;

  /**
   * @param classes label values in class order
   */
  public Decisions(DecisionConfig config, List<String> classes) {
    this.config = config;
    this.rule = new DecisionRule(config, classes);
    this.thresholdClass = rule.thresholdClass();
    this.threshold =
        config instanceof DecisionConfig.Target target
            ? new Threshold(target.measure() == DecisionConfig.Measure.RECALL, target.target())
            : null;
    refresh();
  }

  /**
   * The class decided for.
   *
   * @param raw K probabilities as the model learnt them
   * @param served K probabilities as served
   * @param weights {@link ServedProbabilities#decisionWeights} of them
   */
  public int of(double[] raw, double[] served, double[] weights) {
    return rule.of(raw, served, weights, value);
  }

  /** Learns from a row that has been decided; counts from the next {@link #refresh} on. */
  public void learn(int label, double weight, double[] served) {
    if (threshold != null) {
      threshold.add(label == thresholdClass, weight, served[thresholdClass]);
    }
  }

  /** Takes what was learnt into account. */
  public void refresh() {
    if (threshold != null) {
      value = threshold.value();
    }
  }

  /** What decides, as a configuration spells it. */
  public String rule() {
    return config.rule();
  }

  /** The present threshold of the served probability; null if the rule has none. */
  public @Nullable Double threshold() {
    return threshold == null ? null : value;
  }

  /** What was learnt of another class tells nothing of this one, and is not restored. */
  @Override
  public void declare(State state) {
    if (threshold != null) {
      Tensor of = new Tensor.I64(new long[] {thresholdClass}, 1);
      state.part(
          out -> {
            out.putAll(threshold.state());
            out.put(CLASS, of);
          },
          in -> ofThisClass(in) ? State.of(threshold).check(in.tensors()) : () -> {});
    }
    state.restored(this::refresh);
  }

  /** A state that does not say which class it is of is that of a job whose class never changed. */
  private boolean ofThisClass(SafeTensors state) {
    return state.has(Threshold.WEIGHTS)
        && (!state.has(CLASS) || state.longs(CLASS, 1)[0] == thresholdClass);
  }
}
