package dev.counterweight.sampling;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.event.EventHead;
import dev.counterweight.protocol.ClassIndex;
import dev.counterweight.protocol.InvariantException;
import java.util.Arrays;

/** Rows of a batch record in the making; the storage is kept from record to record. */
final class Rows {
  // Weights are rounded to floats, a record at most some thousand of them.
  private static final double ROUNDING = 1e-5;

  private final int featureCount;
  private final boolean labelled;
  private final double[] owed; // what the rows of each class are to pay
  private int size;
  private float[] features = {};
  private int[] labels = {};
  private float[] weights = {};
  private int[] partitions = {};
  private long[] offsets = {};
  private byte[] fresh = {};
  private int[] replaces = {};

  /**
   * @param labelled whether to tell what events replace
   */
  Rows(int featureCount, int classes, boolean labelled) {
    this.featureCount = featureCount;
    this.labelled = labelled;
    this.owed = new double[classes];
  }

  int size() {
    return size;
  }

  void clear() {
    size = 0;
    Arrays.fill(owed, 0);
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
    ClassIndex.require(label, owed.length, partition, offset);
    System.arraycopy(source, at, features, size * featureCount, featureCount);
    labels[size] = label;
    weights[size] = (float) Math.min(weight, Float.MAX_VALUE);
    owed[label] += Math.min(weight, Float.MAX_VALUE);
    partitions[size] = partition;
    offsets[size] = offset;
    fresh[size] = (byte) (first ? 1 : 0);
    replaces[size] = EventHead.NEW;
    size++;
  }

  /** Says of the row added last what its event replaces. */
  void replaces(int before) {
    replaces[size - 1] = before;
  }

  /** The rows as draws, row i being this buffer's {@code order[i]}. */
  MiniBatch.Draws draws(int[] order) {
    byte[] firsts = new byte[size];
    int[] before = new int[labelled ? size : 0];
    for (int row = 0; row < size; row++) {
      firsts[row] = fresh[order[row]];
      if (labelled) {
        before[row] = replaces[order[row]];
      }
    }
    MiniBatch.EvaluationSlice rows = slice(order);
    requirePaid(rows.labels(), rows.weights());
    return new MiniBatch.Draws(
        rows.features(),
        rows.labels(),
        rows.weights(),
        rows.sourcePartition(),
        rows.sourceOffset(),
        firsts,
        labelled ? before : null);
  }

  /** What the rows pay each class is what the plans asked of them. */
  private void requirePaid(long[] paidLabels, float[] paidWeights) {
    double[] paid = new double[owed.length];
    for (int row = 0; row < paidLabels.length; row++) {
      paid[(int) paidLabels[row]] += paidWeights[row];
    }
    for (int c = 0; c < owed.length; c++) {
      // What is too small for a float is rounded by less than the smallest, a row.
      double tolerance = ROUNDING * owed[c] + size * (double) Float.MIN_VALUE;
      if (!(Math.abs(paid[c] - owed[c]) <= tolerance)) {
        throw new InvariantException(
            "class %d: the loss weights of a record's draws sum up to what the plan gives"
                .formatted(c),
            owed[c],
            paid[c]);
      }
    }
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
    replaces = Arrays.copyOf(replaces, rows);
  }
}
