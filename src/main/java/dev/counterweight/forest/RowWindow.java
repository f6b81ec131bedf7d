package dev.counterweight.forest;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Arrays;

/**
 * The newest rows of each class, a ring of them for each, and every value's bin: which of at most
 * {@value #BINS} intervals of its feature it is in, by edges that are the quantiles of what was
 * held when they were last renewed. Not thread-safe.
 */
final class RowWindow implements Stateful {
  static final int BINS = 32;

  /** Of a class. */
  static final int MOST_ROWS = 2_048;

  /** Of all classes together: what a tree is built from. */
  private static final int MOST_IN_ALL = 1 << 16;

  /** Values of all rows: 20 MiB with their bins. */
  private static final int MOST_VALUES = 1 << 22;

  private static final String ROWS = "forest.rows";
  private static final String SLOTS = "forest.slots";
  private static final String EDGES = "forest.edges";
  private static final int LEAST_ROWS = 4;

  /** What a value that is missing, NaN, is held as: below all others, as {@link Tree} has it. */
  private static final float MISSING = -Float.MAX_VALUE;

  /** Of rows held those that edges are found of. */
  private static final int SAMPLED = 2_048;

  private final int features;
  private final int classes;
  private final int most;
  private final float[][] rows;
  private final byte[][] bins;

  /** Rows held, by class; its forest's, which saves them. */
  private final long[] sizes;

  private final long[] slots;
  private final float[][] edges;

  /**
   * @param sizes receives how many rows of each class are held
   */
  RowWindow(int features, long[] sizes) {
    this.features = features;
    this.classes = sizes.length;
    this.sizes = sizes;
    this.most =
        Math.max(
            LEAST_ROWS,
            Math.min(
                MOST_ROWS,
                Math.min(MOST_IN_ALL / classes, MOST_VALUES / Math.max(1, classes * features))));
    this.rows = new float[classes][0];
    this.bins = new byte[classes][0];
    this.slots = new long[classes];
    this.edges = new float[features][0];
  }

  int features() {
    return features;
  }

  int classes() {
    return classes;
  }

  /** Rows of all classes. */
  int held() {
    int all = 0;
    for (long size : sizes) {
      all += (int) size;
    }
    return all;
  }

  /** Rows of a class. */
  int held(int label) {
    return (int) sizes[label];
  }

  /** Ascending; a value is in the bin of the first edge that it is not above. */
  float[] edges(int feature) {
    return edges[feature];
  }

  int bin(int label, int row, int feature) {
    return bins[label][row * features + feature];
  }

  /** Takes a row in the place of its class's oldest once there are as many as are held. */
  void add(float[] values, int at, int label) {
    int slot = (int) slots[label];
    if (slot == sizes[label]) {
      sizes[label]++;
      reserve(label, (slot + 1) * features);
    }
    for (int f = 0; f < features; f++) {
      float value = values[at + f];
      rows[label][slot * features + f] = Float.isNaN(value) ? MISSING : value;
    }
    bin(label, slot);
    slots[label] = slot + 1 == most ? 0 : slot + 1;
  }

  private void reserve(int label, int values) {
    if (values > rows[label].length) {
      int grown = Math.min(most * features, Math.max(values, 2 * rows[label].length));
      rows[label] = Arrays.copyOf(rows[label], grown);
      bins[label] = Arrays.copyOf(bins[label], grown);
    }
  }

  private void bin(int label, int row) {
    for (int f = 0; f < features; f++) {
      int at = row * features + f;
      bins[label][at] = (byte) firstNotBelow(edges[f], rows[label][at]);
    }
  }

  private static int firstNotBelow(float[] ascending, float value) {
    int low = 0;
    int high = ascending.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (ascending[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /** Finds edges anew, by what is held now, and every row's bins by them. */
  void renewEdges() {
    int held = held();
    int stride = Math.max(1, held / SAMPLED);
    float[] sample = new float[(held + stride - 1) / stride];
    for (int f = 0; f < features; f++) {
      int i = 0;
      for (int c = 0; c < classes; c++) {
        for (int r = 0; r < sizes[c]; r++) {
          if (i % stride == 0) {
            sample[i / stride] = rows[c][r * features + f];
          }
          i++;
        }
      }
      Arrays.sort(sample);
      edges[f] = edges(sample);
    }
    binAll();
  }

  private void binAll() {
    for (int c = 0; c < classes; c++) {
      for (int r = 0; r < sizes[c]; r++) {
        bin(c, r);
      }
    }
  }

  /**
   * Quantiles, each half-way to the next value; of few distinct values half-way between any two.
   */
  private static float[] edges(float[] sorted) {
    float[] distinct = distinct(sorted);
    int n = distinct.length;
    float[] found = new float[Math.max(0, Math.min(BINS, n) - 1)];
    if (n <= BINS) {
      for (int i = 0; i < found.length; i++) {
        found[i] = middle(distinct, i);
      }
      return found;
    }
    int count = 0;
    for (int b = 1; b < BINS; b++) {
      float quantile = sorted[(int) ((double) b / BINS * (sorted.length - 1))];
      float edge = middle(distinct, firstNotBelow(distinct, quantile));
      if (count == 0 || edge > found[count - 1]) {
        found[count++] = edge;
      }
    }
    return Arrays.copyOf(found, count);
  }

  private static float[] distinct(float[] sorted) {
    float[] found = new float[sorted.length];
    int count = 0;
    for (float value : sorted) {
      if (count == 0 || value > found[count - 1]) {
        found[count++] = value;
      }
    }
    return Arrays.copyOf(found, count);
  }

  /** Of a value and the next: their own sum may be no float. */
  private static float middle(float[] distinct, int i) {
    return i + 1 < distinct.length
        ? (float) (((double) distinct[i] + distinct[i + 1]) / 2)
        : distinct[i];
  }

  /** As {@link Forest#weights}. */
  double[] weights() {
    return Forest.weights(sizes);
  }

  @Override
  public void declare(State state) {
    state
        .part(out -> {}, this::check)
        .longs("slots", slots)
        .floats("rows", this::flatRows, this::takeRows, SafeTensors.ANY, features)
        .floats("edges", this::flatEdges, this::takeEdges, SafeTensors.ANY)
        .notNegative("slots")
        .restored(this::binAll);
  }

  /** That there are as many rows as the forest says, and edges as those of each feature. */
  private Runnable check(SafeTensors in) {
    long[] held = in.longs(Forest.HELD, classes);
    long all = Arrays.stream(held).sum();
    in.floats(ROWS, all, features);
    long[] places = in.longs(SLOTS, classes);
    for (int c = 0; c < classes; c++) {
      if (places[c] > held[c]) {
        throw new MalformedTensorsException(
            "tensor '%s' has %d of class %d, of which %d rows are held"
                .formatted(SLOTS, places[c], c, held[c]));
      }
    }
    requireEdges(in.floats(EDGES, SafeTensors.ANY));
    return () -> {};
  }

  private void requireEdges(float[] all) {
    int at = 0;
    for (int f = 0; f < features; f++) {
      float count = at < all.length ? all[at] : -1;
      if (!(count >= 0 && count < BINS && count == Math.rint(count))) {
        throw new MalformedTensorsException(
            "tensor '%s' has %s edges of feature %d: must be fewer than %d"
                .formatted(EDGES, count, f, BINS));
      }
      at += 1 + (int) count;
    }
    if (at != all.length) {
      throw new MalformedTensorsException(
          "tensor '%s' has %d numbers, where its features have %d"
              .formatted(EDGES, all.length, at));
    }
  }

  private float[] flatRows() {
    float[] all = new float[held() * features];
    int at = 0;
    for (int c = 0; c < classes; c++) {
      System.arraycopy(rows[c], 0, all, at, (int) sizes[c] * features);
      at += (int) sizes[c] * features;
    }
    return all;
  }

  private void takeRows(float[] all) {
    int at = 0;
    for (int c = 0; c < classes; c++) {
      int values = (int) sizes[c] * features;
      rows[c] = Arrays.copyOfRange(all, at, at + values);
      at += values;
      keepNewest(c);
      bins[c] = new byte[rows[c].length];
    }
  }

  /** Where classes were added since, fewer rows of each are held. */
  private void keepNewest(int label) {
    int held = (int) sizes[label];
    if (held <= most) {
      return;
    }
    float[] kept = new float[most * features];
    for (int i = 0; i < most; i++) {
      int row = ((int) slots[label] + held - most + i) % held; // The oldest stands at its slot.
      System.arraycopy(rows[label], row * features, kept, i * features, features);
    }
    rows[label] = kept;
    sizes[label] = most;
    slots[label] = 0;
  }

  /** {how many of a feature, and then those}, feature by feature. */
  private float[] flatEdges() {
    int count = features;
    for (float[] of : edges) {
      count += of.length;
    }
    float[] all = new float[count];
    int at = 0;
    for (float[] of : edges) {
      all[at++] = of.length;
      System.arraycopy(of, 0, all, at, of.length);
      at += of.length;
    }
    return all;
  }

  private void takeEdges(float[] all) {
    int at = 0;
    for (int f = 0; f < features; f++) {
      int count = (int) all[at++];
      edges[f] = Arrays.copyOfRange(all, at, at + count);
      at += count;
    }
  }
}
