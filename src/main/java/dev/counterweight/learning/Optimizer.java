package dev.counterweight.learning;

import ai.djl.ndarray.NDArray;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;

/**
 * Updates flat parameters from a flat gradient, with state that can be saved and taken back
 * exactly. Owns its arrays until closed. Not thread-safe.
 */
interface Optimizer extends Stateful, AutoCloseable {

  /**
   * Moves the parameters in place, the gradient clipped by its norm; {@code gradient} may be
   * overwritten. If the norm is not finite, nothing changes and the update is not counted.
   *
   * @param learningRate of this step
   * @param clip most that the norm may be, beyond which the gradient is scaled down to it; 0 for no
   *     limit
   * @return the gradient's norm as it came
   */
  double update(NDArray parameters, NDArray gradient, double learningRate, double clip);

  /** Updates made. */
  long steps();

  /** The state as PyTorch names it, each parameter's name before: {@code 0.weight.exp_avg}. */
  @Override
  void declare(State state);

  @Override
  void close();
}
