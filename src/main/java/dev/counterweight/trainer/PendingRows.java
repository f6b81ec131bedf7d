package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch.Draws;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/** Draws that wait for their batch to be full; at most a record's and a batch's worth. */
final class PendingRows {
  private final int width;
  private float[] features = new float[0];
  private long[] labels = new long[0];
  private float[] lossWeights = new float[0];
  private int rows;

  PendingRows(int width) {
    this.width = width;
  }

  int rows() {
    return rows;
  }

  float[] features() {
    return features;
  }

  long[] labels() {
    return labels;
  }

  float[] lossWeights() {
    return lossWeights;
  }

  void append(Draws draws) {
    append(draws.features(), draws.labels(), draws.lossWeight());
  }

  /** Forgets the first {@code n} rows. */
  void removeFirst(int n) {
    System.arraycopy(features, n * width, features, 0, (rows - n) * width);
    System.arraycopy(labels, n, labels, 0, rows - n);
    System.arraycopy(lossWeights, n, lossWeights, 0, rows - n);
    rows -= n;
  }

  SortedMap<String, Tensor> state() {
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    tensors.put(
        "pending.features", new Tensor.F32(Arrays.copyOf(features, rows * width), rows, width));
    tensors.put("pending.labels", new Tensor.I64(Arrays.copyOf(labels, rows), rows));
    tensors.put("pending.loss_weight", new Tensor.F32(Arrays.copyOf(lossWeights, rows), rows));
    return tensors;
  }

  /**
   * Takes rows back.
   *
   * @throws dev.counterweight.tensor.MalformedTensorsException if the tensors do not fit together
   */
  void restore(SafeTensors state) {
    long[] restored = state.longs("pending.labels");
    rows = 0;
    append(
        state.floats("pending.features", restored.length * width),
        restored,
        state.floats("pending.loss_weight", restored.length));
  }

  private void append(float[] newFeatures, long[] newLabels, float[] newLossWeights) {
    int n = newLabels.length;
    if (labels.length < rows + n) {
      int capacity = Math.max(rows + n, 2 * labels.length);
      features = Arrays.copyOf(features, capacity * width);
      labels = Arrays.copyOf(labels, capacity);
      lossWeights = Arrays.copyOf(lossWeights, capacity);
    }
    System.arraycopy(newFeatures, 0, features, rows * width, n * width);
    System.arraycopy(newLabels, 0, labels, rows, n);
    System.arraycopy(newLossWeights, 0, lossWeights, rows, n);
    rows += n;
  }
}
