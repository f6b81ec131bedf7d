package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import java.util.Arrays;

/** Rows of a batch record in the making; the storage is kept from record to record. */
final class Rows {
  private final int featureCount;
  private int size;
  private float[] features = {};
  private int[] labels = {};
  private float[] weights = {};
  private int[] partitions = {};
  private long[] offsets = {};
  private byte[] fresh = {};

  Rows(int featureCount) {
    this.featureCount = featureCount;
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
  }

  /**
   * Adds a row.
   *
   * @param source holds the features, copied from index {@code at}
   */
  void add(
      int label, double weight, int partition, long offset, boolean first, float[] source, int at) {
    if (size == labels.length) {
      grow();
    }
    System.arraycopy(source, at, features, size * featureCount, featureCount);
    labels[size] = label;
    weights[size] = (float) Math.min(weight, Float.MAX_VALUE);
    partitions[size] = partition;
    offsets[size] = offset;
    fresh[size] = (byte) (first ? 1 : 0);
    size++;
  }

  /** The rows as draws, row i being this buffer's {@code order[i]}. */
  MiniBatch.Draws draws(int[] order) {
    byte[] firsts = new byte[size];
    for (int row = 0; row < size; row++) {
      firsts[row] = fresh[order[row]];
    }
    MiniBatch.EvaluationSlice rows = slice(order);
    return new MiniBatch.Draws(
        rows.features(),
        rows.labels(),
        rows.weights(),
        rows.sourcePartition(),
        rows.sourceOffset(),
        firsts);
  }

  /** The rows as an evaluation slice, row i being this buffer's {@code order[i]}. */
  MiniBatch.EvaluationSlice slice(int[] order) {
    float[] x = new float[size * featureCount];
    long[] y = new long[size];
    float[] w = new float[size];
    int[] p = new int[size];
    long[] o = new long[size];
    for (int row = 0; row < size; row++) {
      int from = order[row];
      System.arraycopy(features, from * featureCount, x, row * featureCount, featureCount);
      y[row] = labels[from];
      w[row] = weights[from];
      p[row] = partitions[from];
      o[row] = offsets[from];
    }
    return new MiniBatch.EvaluationSlice(x, y, w, p, o);
  }

  private void grow() {
    int rows = Math.max(64, 2 * size);
    features = Arrays.copyOf(features, Math.multiplyExact(rows, featureCount));
    labels = Arrays.copyOf(labels, rows);
    weights = Arrays.copyOf(weights, rows);
    partitions = Arrays.copyOf(partitions, rows);
    offsets = Arrays.copyOf(offsets, rows);
    fresh = Arrays.copyOf(fresh, rows);
  }
}
