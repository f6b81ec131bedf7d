package dev.counterweight.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.counterweight.batch.SafeTensors;
import dev.counterweight.batch.Tensor;
import java.util.SortedMap;

/**
 * Stochastic gradient descent as PyTorch computes it: momentum without dampening, on request
 * Nesterov's, weight decay as an L2 term in the gradient.
 */
final class Sgd implements Optimizer {
  private static final float LEAST = 1e-30f;

  private final NDManager manager;
  private final ParameterLayout layout;
  private final double momentum;
  private final boolean nesterov;
  private final double weightDecay;
  private NDArray buffer;
  private long steps;

  Sgd(
      NDManager parent,
      ParameterLayout layout,
      double momentum,
      boolean nesterov,
      double weightDecay) {
    this.manager = parent.newSubManager();
    this.layout = layout;
    this.momentum = momentum;
    this.nesterov = nesterov;
    this.weightDecay = weightDecay;
    this.buffer = DirectFloats.copy(manager, new float[layout.size()]);
  }

  @Override
  public void update(NDArray parameters, NDArray gradient, double learningRate) {
    steps++;
    // What comes of parameters or buffer would live as long as they do: it is closed here.
    if (weightDecay != 0) {
      try (NDArray decay = parameters.mul(weightDecay)) {
        gradient.addi(decay);
      }
    }
    if (momentum != 0) {
      buffer.muli(momentum).addi(gradient);
      addMomentum(gradient);
    }
    parameters.subi(gradient.muli(learningRate));
    if (steps % Moments.SWEEP_STEPS == 0) {
      Moments.sweep(buffer, LEAST);
    }
  }

  /** Turns the gradient into the direction to move in. */
  private void addMomentum(NDArray gradient) {
    if (nesterov) {
      try (NDArray ahead = buffer.mul(momentum)) {
        gradient.addi(ahead);
      }
    } else {
      gradient.muli(0).addi(buffer);
    }
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public SortedMap<String, Tensor> state() {
    SortedMap<String, Tensor> tensors = layout.named(buffer.toFloatArray(), ".momentum_buffer");
    tensors.put("step", new Tensor.I64(new long[] {steps}, 1));
    return tensors;
  }

  @Override
  public void restore(SafeTensors state) {
    buffer.close();
    buffer = DirectFloats.copy(manager, layout.flat(state, ".momentum_buffer"));
    steps = state.longs("step", 1)[0];
  }

  @Override
  public void close() {
    manager.close();
  }
}
