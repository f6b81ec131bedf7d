package dev.counterweight.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import dev.counterweight.batch.SafeTensors;
import dev.counterweight.batch.Tensor;
import java.util.SortedMap;

/**
 * Adam (Kingma and Ba, 2015) as PyTorch computes it: betas 0.9 and 0.999, eps 1e-8, bias-corrected,
 * weight decay as an L2 term in the gradient; or AdamW (Loshchilov and Hutter, 2019), where the
 * decay shrinks the parameters by learning rate times decay and never enters the moments.
 */
final class Adam implements Optimizer {
  private static final float BETA1 = 0.9f;
  private static final float BETA2 = 0.999f;
  private static final double EPSILON = 1e-8;
  private static final float NO_DECAY = 0;
  private static final float NO_RESCALING = 1;
  private static final float NO_CLIPPING = -1;
  private static final float LEAST_FIRST = 1e-30f;
  private static final float LEAST_SECOND = 1e-36f;

  private final NDManager manager;
  private final ParameterLayout layout;
  private final double weightDecay;
  private final boolean decoupled;
  private NDArray first;
  private NDArray second;
  private long steps;

  /**
   * @param decoupled whether the weight decay is AdamW's
   */
  Adam(NDManager parent, ParameterLayout layout, double weightDecay, boolean decoupled) {
    this.manager = parent.newSubManager();
    this.layout = layout;
    this.weightDecay = weightDecay;
    this.decoupled = decoupled;
    this.first = DirectFloats.copy(manager, new float[layout.size()]);
    this.second = DirectFloats.copy(manager, new float[layout.size()]);
  }

  @Override
  public void update(NDArray parameters, NDArray gradient, double learningRate) {
    steps++;
    if (decoupled) {
      parameters.muli(1 - learningRate * weightDecay);
    } else if (weightDecay != 0) {
      try (NDArray decay = parameters.mul(weightDecay)) {
        gradient.addi(decay);
      }
    }
    double correction1 = 1 - StrictMath.pow(BETA1, steps);
    double root2 = StrictMath.sqrt(1 - StrictMath.pow(BETA2, steps));
    // One native call for the rest. It adds epsilon to the square root as it is, so that epsilon
    // and learning rate are corrected instead of the moments, which comes to the same.
    parameters
        .getNDArrayInternal()
        .adamUpdate(
            new NDList(parameters, gradient, first, second),
            new NDList(parameters),
            (float) learningRate,
            (float) (learningRate * root2 / correction1),
            NO_DECAY,
            NO_RESCALING,
            NO_CLIPPING,
            BETA1,
            BETA2,
            (float) (EPSILON * root2),
            false,
            false);
    if (steps % Moments.SWEEP_STEPS == 0) {
      Moments.sweep(first, LEAST_FIRST);
      Moments.sweep(second, LEAST_SECOND);
    }
  }

  @Override
  public long steps() {
    return steps;
  }

  @Override
  public SortedMap<String, Tensor> state() {
    SortedMap<String, Tensor> tensors = layout.named(first.toFloatArray(), ".exp_avg");
    tensors.putAll(layout.named(second.toFloatArray(), ".exp_avg_sq"));
    tensors.put("step", new Tensor.I64(new long[] {steps}, 1));
    return tensors;
  }

  @Override
  public void restore(SafeTensors state) {
    first.close();
    second.close();
    first = DirectFloats.copy(manager, layout.flat(state, ".exp_avg"));
    second = DirectFloats.copy(manager, layout.flat(state, ".exp_avg_sq"));
    steps = state.longs("step", 1)[0];
  }

  @Override
  public void close() {
    manager.close();
  }
}
