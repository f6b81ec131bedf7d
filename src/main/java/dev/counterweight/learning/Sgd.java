package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.counterweight.tensor.State;
import java.util.List;

/**
 * Stochastic gradient descent as PyTorch computes it: momentum without dampening, on request
 * Nesterov's, weight decay as an L2 term in the gradient.
 */
final class Sgd implements Optimizer {
  private static final float LEAST = 1e-30f;

  private final NDManager manager;
  private final ParameterLayout layout;
  private final NDArray buffer;
  private final UpdateProgram program;
  private long steps;

  Sgd(
      NDManager parent,
      ParameterLayout layout,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    this.manager = parent.newSubManager();
    this.layout = layout;
    this.buffer = DirectFloats.copy(manager, new float[layout.size()]);
    this.program =
        new UpdateProgram(
            manager, List.of(buffer, buffer), update(momentum, nesterov, weightDecay));
  }

  /** Finds the direction to move in, then moves. */
  private static String update(double momentum, boolean nesterov, double weightDecay) {
    StringBuilder code = new StringBuilder();
    if (weightDecay != 0) {
      code.append("a = torch.add_(g[0], p[0], alpha=%s)\n".formatted(weightDecay));
    }
    String direction = "g[0]";
    if (momentum != 0) {
      code.append("m = torch.add_(torch.mul_(self.first[0], %s), g[0])\n".formatted(momentum));
      if (nesterov) {
        code.append("n = torch.add_(g[0], self.first[0], alpha=%s)\n".formatted(momentum));
      } else {
        direction = "self.first[0]";
      }
    }
    return code + "u = torch.sub_(p[0], %s, alpha=rate)\n".formatted(direction);
  }

  @Override
  public double update(NDArray parameters, NDArray gradient, double learningRate, double clip) {
    double norm = program.update(parameters, gradient, steps + 1, learningRate, clip);
    if (Double.isFinite(norm)) {
      steps++;
      if (steps % Moments.SWEEP_STEPS == 0) {
        Moments.sweep(buffer, LEAST);
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
    layout.declare(
        state,
        ".momentum_buffer",
        buffer::toFloatArray,
        saved -> Moments.assign(manager, buffer, saved));
    state.count("step", () -> steps, saved -> steps = saved);
  }

  @Override
  public void close() {
    program.close();
    manager.close();
  }
}
