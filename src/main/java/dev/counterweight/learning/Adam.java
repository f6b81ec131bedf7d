package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.counterweight.config.OptimizerConfig;
import dev.counterweight.tensor.State;
import java.util.List;

/**
 * Adam (Kingma and Ba, 2015) as PyTorch computes it: eps 1e-8, bias-corrected, weight decay as an
 * L2 term in the gradient; or AdamW (Loshchilov and Hutter, 2019), where the decay shrinks the
 * parameters by learning rate times decay and never enters the moments.
 */
final class Adam implements Optimizer {
  /** PyTorch's fused update: one pass over the four arrays. */
  private static final String UPDATE =
      """
      t = torch.fill_(self.steps[0], step)
      u = torch.%s(p, g, self.first, self.second, self.none, self.steps, lr=rate, beta1=%s, \
      beta2=%s, weight_decay=%s, eps=1e-08, amsgrad=False, maximize=False, grad_scale=None, \
      found_inf=None)
      """;

  private static final float MIN_FIRST = 1e-30f;
  private static final float MIN_SECOND = 1e-36f;

  private final NDManager manager;
  private final ParameterLayout layout;
  private final NDArray first;
  private final NDArray second;
  private final UpdateProgram program;
  private long steps;

  /**
   * @param config of kind adam or adamw
   */
  Adam(NDManager parent, ParameterLayout layout, OptimizerConfig config) {
    this.manager = parent.newSubManager();
    this.layout = layout;
    this.first = DirectFloats.copy(manager, new float[layout.size()]);
    this.second = DirectFloats.copy(manager, new float[layout.size()]);
    String function =
        config.kind() == OptimizerConfig.Kind.ADAMW ? "_fused_adamw_" : "_fused_adam_";
    this.program =
        new UpdateProgram(
            manager,
            List.of(first, second),
            UPDATE.formatted(function, config.beta1(), config.beta2(), config.weightDecay()));
  }

  @Override
  public double update(NDArray parameters, NDArray gradient, double learningRate, double clip) {
    double norm = program.update(parameters, gradient, steps + 1, learningRate, clip);
    if (Double.isFinite(norm)) {
      steps++;
      if (steps % Moments.SWEEP_STEPS == 0) {
        Moments.sweep(first, MIN_FIRST);
        Moments.sweep(second, MIN_SECOND);
      }
    }
    return norm;
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public void declare(State state) {
    declare(state, ".exp_avg", first);
    declare(state, ".exp_avg_sq", second);
    state.count("step", () -> steps, saved -> steps = saved);
  }

  private void declare(State state, String suffix, NDArray moments) {
    layout.declare(
        state, suffix, moments::toFloatArray, saved -> Moments.assign(manager, moments, saved));
  }

  @Override
  public void close() {
    program.close();
    manager.close();
  }
}
