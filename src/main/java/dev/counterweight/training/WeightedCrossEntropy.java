package dev.counterweight.training;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import dev.counterweight.config.LossConfig.Reduction;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Cross-entropy, weighted by row: sum_i u_i (-log softmax(z_i)[y_i]) / d, where d is the number of
 * rows ({@code BATCH_MEAN}), the sum of the weights ({@code MEAN}) or 1 ({@code SUM}).
 *
 * <p>Written with a matrix T of targets, T[i][y_i] = u_i / d and 0 elsewhere, which the JVM fills:
 * loss = -sum T log softmax(z) and d loss / dz = softmax(z) rowsum(T) - T. Class weights in the
 * sense of PyTorch's {@code weight=} multiply u and, under {@code MEAN}, d; label smoothing eps
 * spreads eps/K of each row over all classes, each at its own class weight, as PyTorch does.
 *
 * <p>Reuses its buffers: one user at a time.
 */
final class WeightedCrossEntropy {

  /**
   * A loss and its gradient.
   *
   * @param loss scalar
   * @param scores gradient with respect to the raw scores, n x K
   */
  record Result(NDArray loss, NDArray scores) {}

  private final int classes;
  private final Reduction reduction;
  private final double smoothing;
  private final float @Nullable [] classWeights;
  private final DirectFloats targets = new DirectFloats();
  private final DirectFloats rowSums = new DirectFloats();

  WeightedCrossEntropy(int classes, Reduction reduction) {
    this(classes, reduction, 0, null);
  }

  WeightedCrossEntropy(
      int classes, Reduction reduction, double smoothing, float @Nullable [] classWeights) {
    this.classes = classes;
    this.reduction = reduction;
    this.smoothing = smoothing;
    this.classWeights = classWeights;
  }

  /**
   * The loss of n rows and its gradient, owned by {@code manager}.
   *
   * @param scores n x K raw scores
   * @param labels class indices, row {@code from} being the first
   * @param rowWeights weights of the rows' losses, likewise
   */
  Result of(NDManager manager, NDArray scores, long[] labels, float[] rowWeights, int from, int n) {
    fillTargets(labels, rowWeights, from, n);
    NDArray target = targets.array(manager, n, classes);
    NDArray logSoftmax = scores.logSoftmax(1);
    NDArray loss = logSoftmax.mul(target).sum().neg();
    NDArray gradient = logSoftmax.exp().muli(rowSums.array(manager, n, 1)).subi(target);
    return new Result(loss, gradient);
  }

  private void fillTargets(long[] labels, float[] rowWeights, int from, int n) {
    double scale = 1 / denominator(labels, rowWeights, from, n);
    FloatBuffer target = targets.floats(n * classes);
    FloatBuffer sums = rowSums.floats(n);
    int at = 0;
    for (int i = 0; i < n; i++) {
      int label = (int) labels[from + i];
      double row = rowWeights[from + i] * scale;
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        double share = smoothing / classes + (c == label ? 1 - smoothing : 0);
        double value = row * share * classWeight(c);
        target.put(at++, (float) value);
        sum += value;
      }
      sums.put(i, (float) sum);
    }
  }

  private double denominator(long[] labels, float[] rowWeights, int from, int n) {
    return switch (reduction) {
      case BATCH_MEAN -> n;
      case SUM -> 1;
      case MEAN -> {
        double sum = 0;
        for (int i = from; i < from + n; i++) {
          sum += rowWeights[i] * classWeight((int) labels[i]);
        }
        // A batch without weight has loss 0 under every reduction, not 0/0.
        yield sum > 0 ? sum : 1;
      }
    };
  }

  private double classWeight(int c) {
    return classWeights == null ? 1 : classWeights[c];
  }
}
