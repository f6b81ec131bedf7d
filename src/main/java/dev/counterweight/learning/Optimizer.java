package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.jni.IValue;
import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Updates flat parameters from a flat gradient, as PyTorch computes it, in one native call: those
 * of one network, or of several, each at its own learning rate, a guest's among them, and their
 * moving averages.
 *
 * <ul>
 *   <li>Adam (Kingma and Ba, 2015): eps 1e-8, bias-corrected, weight decay as an L2 term in the
 *       gradient.
 *   <li>AdamW (Loshchilov and Hutter, 2019): the decay shrinks the parameters by learning rate
 *       times decay and never enters the moments.
 *   <li>SGD: momentum without dampening, on request Nesterov's, weight decay as an L2 term in the
 *       gradient.
 * </ul>
 *
 * <p>Its state has PyTorch's names, each parameter's name before: {@code 0.weight.exp_avg}. Owns
 * native memory until closed. Not thread-safe.
 */
final class Optimizer implements Stateful, AutoCloseable {
  /** Steps between sweeps: by step count, never by time, so that a resumed run sweeps alike. */
  private static final int SWEEP_STEPS = 512;

  /**
   * An array of moments.
   *
   * @param suffix of its tensors' names
   * @param least values smaller than this are swept to zero
   */
  private record Moments(String suffix, float least, NDArray values) {}

  private final NDManager manager;
  private final StackedLayout layout;
  private final @Nullable NDArray averages;
  private final double kept;
  private final List<Moments> moments;
  private final NDArray count;
  private final NativeProgram program;
  private @Nullable NDArray parameters;
  private @Nullable NDArray gradient;
  private long steps;

  /**
   * @param averages what becomes the moving averages; null for none
   * @param factors of the learning rate, one a network; a guest's is 1
   * @param kept most of itself that an average keeps at a step
   */
  Optimizer(
      NDManager parent,
      StackedLayout layout,
      @Nullable NDArray averages,
      List<Double> factors,
      double kept,
      OptimizerConfig config) {
    this.manager = parent.newSubManager();
    this.layout = layout;
    this.averages = averages;
    this.kept = kept;
    this.moments =
        switch (config.kind()) {
          case ADAM, ADAMW -> List.of(zeros(".exp_avg", 1e-30f), zeros(".exp_avg_sq", 1e-36f));
          case SGD -> List.of(zeros(".momentum_buffer", 1e-30f));
        };
    this.count = DirectFloats.copy(manager, new float[1]);
    UpdateScript script =
        new UpdateScript(config, factors, layout.candidates().guest(), moments.size());
    this.program = new NativeProgram(manager, script.lists(), script.functions());
  }

  private Moments zeros(String suffix, float least) {
    return new Moments(suffix, least, DirectFloats.copy(manager, new float[layout.size()]));
  }

  /**
   * Moves the parameters in place, the gradient of each network clipped by its norm; {@code
   * gradient} may be overwritten. If a norm is not finite, nothing changes and the update is not
   * counted.
   *
   * @param learningRate of this step
   * @param clip most that a norm may be, beyond which the gradient is scaled down to it; 0 for no
   *     limit
   * @param squares sum of the squares of what else belongs to each network's gradient, but for a
   *     guest's
   * @return the norm of the whole gradient as it came, the mean over the networks without a guest;
   *     not finite if the norm of one is not
   */
  double update(
      NDArray parameters, NDArray gradient, double learningRate, double clip, double squares) {
    hold(parameters, gradient);
    double norm;
    try (IValue numbers =
            IValue.listFrom((double) (steps + 1), learningRate, clip, squares, 1 - kept());
        IValue result = program.run("update", numbers)) {
      norm = result.toDouble();
    }
    if (Double.isFinite(norm)) {
      steps++;
      if (steps % SWEEP_STEPS == 0) {
        moments.forEach(m -> sweep(m.values(), m.least()));
      }
    }
    return norm;
  }

  /** Less over the first steps, so that where a network began is soon forgotten. */
  private double kept() {
    double step = steps + 1;
    return Math.min(kept, (1 + step) / (10 + step));
  }

  private void hold(NDArray parameters, NDArray gradient) {
    if (this.parameters == parameters && this.gradient == gradient) {
      return;
    }
    List<NDArray> averaged = averages == null ? List.of() : List.of(averages, parameters);
    try (IValue p = NativeProgram.arrays(layout.networks(parameters));
        IValue g = NativeProgram.arrays(layout.networks(gradient));
        IValue m = NativeProgram.arrays(momentsByNetwork());
        IValue s = NativeProgram.arrays(List.of(count));
        IValue a = NativeProgram.arrays(averaged);
        IValue unused = program.run("hold", p, g, m, s, a)) {
      this.parameters = parameters;
      this.gradient = gradient;
    }
  }

  private List<NDArray> momentsByNetwork() {
    List<List<NDArray>> each =
        moments.stream().map(kind -> layout.networks(kind.values())).toList();
    List<NDArray> all = new ArrayList<>();
    for (int network = 0; network < layout.networks(); network++) {
      for (List<NDArray> kind : each) {
        all.add(kind.get(network));
      }
    }
    return all;
  }

  /**
   * Sets values smaller than {@code least} to zero in place. Moments of features that are always
   * zero decay into denormals, which make every later operation on them about ten times slower.
   */
  static void sweep(NDArray moments, float least) {
    try (NDArray size = moments.abs();
        NDArray large = size.gt(least);
        NDArray keep = large.toType(DataType.FLOAT32, false)) {
      moments.muli(keep);
    }
  }

  /** Updates made. */
  long steps() {
    return steps;
  }

  @Override
  public void declare(State state) {
    for (Moments m : moments) {
      layout.declare(state, layout.candidates()::ofNetwork, m.suffix(), m.values());
    }
    for (int network = 0; network < layout.networks(); network++) {
      String prefix = layout.candidates().ofNetwork(network);
      layout
          .of(network)
          .slots()
          .forEach(slot -> state.notNegative(prefix + slot.name() + ".exp_avg_sq"));
    }
    state.count("step", () -> steps, saved -> steps = saved);
  }

  @Override
  public void close() {
    program.close();
    manager.close();
  }
}
