package dev.counterweight.forest;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Arrays;

/**
 * The newest rows of each class, a ring of them for each, and every value's bin: which of at most
 * {@value #BINS} intervals of its feature it is in, by edges that are the quantiles of what was
 * held when they were last renewed. A row keeps its number as long as the window lives; values
 * stand by feature, since that is how trees look at them. Not thread-safe.
 */
final class RowWindow implements Stateful {
  static final int BINS = 32;

  private static final int MOST_EDGES = BINS - 1;

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
  private static final int SAMPLED = 1_024;

  private final int features;
  private final int classes;
  private final int most;

  /** By feature, and then by a row's number. */
  private final float[][] values;

  private final byte[][] bins;

  /** By number. */
  private int[] labels = new int[0];

  /** Of each row of a class's ring. */
  private final int[][] numbers;

  private int count;

  /** Rows held, by class; its forest's, which saves them. */
  private final long[] sizes;

  private final long[] slots;

  /** Of each feature {@value #MOST_EDGES}, ascending; behind those that there are infinity. */
  private final float[][] edges;

  private final int[] cuts;

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
    this.values = new float[features][0];
    this.bins = new byte[features][0];
    this.numbers = new int[classes][0];
    this.slots = new long[classes];
    this.edges = new float[features][MOST_EDGES];
    this.cuts = new int[features];
    for (float[] none : edges) {
      Arrays.fill(none, Float.POSITIVE_INFINITY);
    }
  }

  int features() {
    return features;
  }

  int classes() {
    return classes;
  }

  /** Rows of all classes. */
  int held() {
    return count;
  }

  /** The numbers of all rows, class by class. */
  int[] rows() {
    int[] all = new int[count];
    int at = 0;
    for (int c = 0; c < classes; c++) {
      System.arraycopy(numbers[c], 0, all, at, (int) sizes[c]);
      at += (int) sizes[c];
    }
    return all;
  }

  /** By a row's number; to be read alone, and only until the next row is taken. */
  int[] labels() {
    return labels;
  }

  /** How many edges a feature has. */
  int edges(int feature) {
    return cuts[feature];
  }

  /** Ascending; a value is in the bin of the first edge that it is not above. */
  float edge(int feature, int edge) {
    return edges[feature][edge];
  }

  /** The bins of a feature by a row's number; to be read alone, and only until the next row. */
  byte[] bins(int feature) {
    return bins[feature];
  }

  /** Takes a row in the place of its class's oldest once there are as many as are held. */
  void add(float[] row, int at, int label) {
    int slot = (int) slots[label];
    if (slot == sizes[label]) {
      make(label);
    }
    int number = numbers[label][slot];
    for (int f = 0; f < features; f++) {
      float value = Float.isNaN(row[at + f]) ? MISSING : row[at + f];
      values[f][number] = value;
      bins[f][number] = (byte) bin(edges[f], value);
    }
    slots[label] = slot + 1 == most ? 0 : slot + 1;
  }

  /** One row more, of a class. */
  private void make(int label) {
    int slot = (int) sizes[label]++;
    if (slot == numbers[label].length) {
      numbers[label] = Arrays.copyOf(numbers[label], Math.min(most, Math.max(8, 2 * slot)));
    }
    if (count == labels.length) {
      reserve((int) Math.min((long) most * classes, Math.max(8, 2L * count)));
    }
    numbers[label][slot] = count;
    labels[count++] = label;
  }

  private void reserve(int rows) {
    labels = Arrays.copyOf(labels, rows);
    for (int f = 0; f < features; f++) {
      values[f] = Arrays.copyOf(values[f], rows);
      bins[f] = Arrays.copyOf(bins[f], rows);
    }
  }

  /** How many edges a value is above: halved down without a branch, since no guess is right. */
  private static int bin(float[] edges, float value) {
    int low = edges[15] < value ? 16 : 0;
    low += edges[low + 7] < value ? 8 : 0;
    low += edges[low + 3] < value ? 4 : 0;
    low += edges[low + 1] < value ? 2 : 0;
    return low + (edges[low] < value ? 1 : 0);
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
    int[] rows = rows();
    int stride = Math.max(1, rows.length / SAMPLED);
    float[] sample = new float[(rows.length + stride - 1) / stride];
    for (int f = 0; f < features; f++) {
      for (int i = 0; i < sample.length; i++) {
        sample[i] = values[f][rows[i * stride]];
      }
      Arrays.sort(sample);
      cuts[f] = edges(sample, edges[f]);
    }
    binAll();
  }

  private void binAll() {
    for (int f = 0; f < features; f++) {
      for (int r = 0; r < count; r++) {
        bins[f][r] = (byte) bin(edges[f], values[f][r]);
      }
    }
  }

  /**
   * Quantiles, each half-way to the next value; of few distinct values half-way between any two.
   *
   * @param found receives them
   * @return how many there are
   */
  private static int edges(float[] sorted, float[] found) {
    Arrays.fill(found, Float.POSITIVE_INFINITY);
    float[] distinct = distinct(sorted);
    int n = distinct.length;
    if (n <= BINS) {
      for (int i = 0; i + 1 < n; i++) {
        found[i] = middle(distinct, i);
      }
      return Math.max(0, n - 1);
    }
    int count = 0;
    for (int b = 1; b < BINS; b++) {
      float quantile = sorted[(int) ((double) b / BINS * (sorted.length - 1))];
      float edge = middle(distinct, firstNotBelow(distinct, quantile));
      if (count == 0 || edge > found[count - 1]) {
        found[count++] = edge;
      }
    }
    return count;
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
    float[] all = new float[count * features];
    int at = 0;
    for (int row : rows()) {
      for (int f = 0; f < features; f++) {
        all[at++] = values[f][row];
      }
    }
    return all;
  }

  /** Where classes were added since, fewer rows of each are held: its newest. */
  private void takeRows(float[] all) {
    long[] saved = sizes.clone();
    Arrays.fill(sizes, 0);
    count = 0;
    int at = 0;
    for (int c = 0; c < classes; c++) {
      int left = (int) Math.max(0, saved[c] - most);
      int oldest = left == 0 ? 0 : (int) slots[c];
      slots[c] = left == 0 && slots[c] < most ? slots[c] : 0;
      for (int i = 0; i < saved[c] - left; i++) {
        make(c);
        int row = (int) ((oldest + left + i) % saved[c]);
        for (int f = 0; f < features; f++) {
          values[f][count - 1] = all[(at + row) * features + f];
        }
      }
      at += (int) saved[c];
    }
  }

  /** {how many of a feature, and then those}, feature by feature. */
  private float[] flatEdges() {
    float[] all = new float[features + Arrays.stream(cuts).sum()];
    int at = 0;
    for (int f = 0; f < features; f++) {
      all[at++] = cuts[f];
      System.arraycopy(edges[f], 0, all, at, cuts[f]);
      at += cuts[f];
    }
    return all;
  }

  private void takeEdges(float[] all) {
    int at = 0;
    for (int f = 0; f < features; f++) {
      cuts[f] = (int) all[at++];
      Arrays.fill(edges[f], Float.POSITIVE_INFINITY);
      System.arraycopy(all, at, edges[f], 0, cuts[f]);
      at += cuts[f];
    }
  }
}
