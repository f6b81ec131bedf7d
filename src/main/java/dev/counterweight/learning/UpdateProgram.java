package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An optimiser's update as one native call: the gradient's norm, clipping as PyTorch's
 * clip_grad_norm_, and what the optimiser itself does. Owns native memory until closed. Not
 * thread-safe.
 */
final class UpdateProgram implements AutoCloseable {
  private static final String FUNCTIONS =
      """
        def hold(self: __torch__.Program,
          p: List[Tensor],
          g: List[Tensor],
          s: List[Tensor],
          t: List[Tensor]) -> NoneType:
          self.parameters = p
          self.gradient = g
          self.first = [s[0]]
          self.second = [s[1]]
          self.steps = t
          self.none = annotate(List[Tensor], [])
          return None
        def update(self: __torch__.Program,
          step: float,
          rate: float,
          clip: float) -> float:
          p = self.parameters
          g = self.gradient
          norm = float(torch.linalg_vector_norm(g[0], 2, None, False, dtype=None))
          if torch.eq(torch.sub(norm, norm), 0.):
            factor = torch.div(clip, torch.add(norm, 1e-06))
            if torch.__and__(torch.gt(clip, 0.), torch.lt(factor, 1.)):
              c = torch.mul_(g[0], factor)
            else:
              pass
      %s    else:
            pass
          return norm
      """;

  private final NativeProgram program;
  private final List<NDArray> state;
  private final NDArray count;
  private @Nullable NDArray parameters;
  private @Nullable NDArray gradient;

  /**
   * @param state two arrays of the optimiser's own, {@code self.first[0]} and {@code
   *     self.second[0]}
   * @param update TorchScript, a statement a line, that moves {@code p[0]} by the clipped gradient
   *     {@code g[0]} at learning rate {@code rate}; {@code step} counts from 1
   */
  UpdateProgram(NDManager manager, List<NDArray> state, String update) {
    this.state = state;
    this.count = DirectFloats.copy(manager, new float[1]);
    this.program =
        new NativeProgram(
            manager,
            List.of("parameters", "gradient", "first", "second", "steps", "none"),
            FUNCTIONS.formatted(update.indent(6)));
  }

  /**
   * Updates the parameters in place, unless the gradient's norm is not finite; overwrites the
   * gradient.
   *
   * @param clip most that the gradient's norm may be; 0 for no limit
   * @return the norm before clipping
   */
  double update(NDArray parameters, NDArray gradient, long step, double learningRate, double clip) {
    hold(parameters, gradient);
    try (IValue number = IValue.from((double) step);
        IValue rate = IValue.from(learningRate);
        IValue most = IValue.from(clip);
        IValue norm = program.run("update", number, rate, most)) {
      return norm.toDouble();
    }
  }

  private void hold(NDArray parameters, NDArray gradient) {
    if (this.parameters == parameters && this.gradient == gradient) {
      return;
    }
    try (IValue p = NativeProgram.arrays(List.of(parameters));
        IValue g = NativeProgram.arrays(List.of(gradient));
        IValue s = NativeProgram.arrays(state);
        IValue t = NativeProgram.arrays(List.of(count));
        IValue unused = program.run("hold", p, g, s, t)) {
      this.parameters = parameters;
      this.gradient = gradient;
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
