package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.jni.IValue;
import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Updates flat parameters from a flat gradient, as PyTorch computes it, in one native call.
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
  private final ParameterLayout layout;
  private final List<Moments> moments;
  private final NDArray count;
  private final NativeProgram program;
  private @Nullable NDArray parameters;
  private @Nullable NDArray gradient;
  private long steps;

  Optimizer(NDManager parent, ParameterLayout layout, OptimizerConfig config) {
    this.manager = parent.newSubManager();
    this.layout = layout;
    this.moments =
        switch (config.kind()) {
          case ADAM, ADAMW -> List.of(zeros(".exp_avg", 1e-30f), zeros(".exp_avg_sq", 1e-36f));
          case SGD -> List.of(zeros(".momentum_buffer", 1e-30f));
        };
    this.count = DirectFloats.copy(manager, new float[1]);
    this.program =
        new NativeProgram(
            manager,
            List.of("parameters", "gradient", "moments", "steps"),
            NativeProgram.script("update", Map.of("move", move(config))));
  }

  private static String move(OptimizerConfig config) {
    Map<String, Object> values =
        Map.of(
            "function",
            config.kind() == OptimizerConfig.Kind.ADAMW ? "_fused_adamw_" : "_fused_adam_",
            "beta1",
            config.beta1(),
            "beta2",
            config.beta2(),
            "decay",
            config.weightDecay(),
            "momentum",
            config.momentum(),
            "nesterov",
            config.nesterov() ? "True" : "False");
    return NativeProgram.script(config.kind() == OptimizerConfig.Kind.SGD ? "sgd" : "adam", values);
  }

  private Moments zeros(String suffix, float least) {
    return new Moments(suffix, least, DirectFloats.copy(manager, new float[layout.size()]));
  }

  /**
   * Moves the parameters in place, the gradient clipped by its norm; {@code gradient} may be
   * overwritten. If the norm is not finite, nothing changes and the update is not counted.
   *
   * @param learningRate of this step
   * @param clip most that the norm may be, beyond which the gradient is scaled down to it; 0 for no
   *     limit
   * @param squares sum of the squares of what else belongs to the gradient
   * @return the norm of the whole gradient as it came
   */
  double update(
      NDArray parameters, NDArray gradient, double learningRate, double clip, double squares) {
    hold(parameters, gradient);
    double norm;
    try (IValue number = IValue.from((double) (steps + 1));
        IValue rate = IValue.from(learningRate);
        IValue most = IValue.from(clip);
        IValue others = IValue.from(squares);
        IValue result = program.run("update", number, rate, most, others)) {
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

  private void hold(NDArray parameters, NDArray gradient) {
    if (this.parameters == parameters && this.gradient == gradient) {
      return;
    }
    try (IValue p = NativeProgram.arrays(List.of(parameters));
        IValue g = NativeProgram.arrays(List.of(gradient));
        IValue m = NativeProgram.arrays(moments.stream().map(Moments::values).toList());
        IValue s = NativeProgram.arrays(List.of(count));
        IValue unused = program.run("hold", p, g, m, s)) {
      this.parameters = parameters;
      this.gradient = gradient;
    }
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
      layout.declare(state, m.suffix(), m.values());
    }
    layout.slots().forEach(slot -> state.notNegative(slot.name() + ".exp_avg_sq"));
    state.count("step", () -> steps, saved -> steps = saved);
  }

  @Override
  public void close() {
    program.close();
    manager.close();
  }
}
