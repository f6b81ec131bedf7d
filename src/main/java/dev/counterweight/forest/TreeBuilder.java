package dev.counterweight.forest;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Grows one tree from all rows of a window, classes weighing alike in sum: cuts by Gini impurity
 * (Breiman, Random Forests, 2001) among some features drawn at each node, until a node has rows of
 * one class. Chance is in the features drawn alone: a bootstrap was measured to cost ranking. Made
 * for one tree; not thread-safe.
 */
final class TreeBuilder {
  /** Of a tree: behind it nothing is cut any more. */
  private static final int MOST_NODES = 1 << 14;

  /** Rows' worth of what its parent has that a node is drawn to (Agarwal et al. 2022). */
  static final double SHRINK = 2;

  private static final double LEAST_GAIN = 1e-9;
  private static final double LEAST_WEIGHT = 1e-6;

  private final RowWindow window;
  private final SplittableRandom random;
  private final double[] weights;
  private final int classes;
  private final int drawn;
  private final int[] order;
  private final int[] histogram;
  private final double[] left;
  private final double[] right;
  private final Tree tree;
  private final double fadingRows;
  private long work;

  /** The numbers of the rows being sorted into nodes, and of each row by its number the class. */
  private final int[] rows;

  private final int[] labels;

  /**
   * @param fadingRows what a place whose counts fade holds at most
   */
  TreeBuilder(RowWindow window, long seed, double fadingRows) {
    this.window = window;
    this.random = new SplittableRandom(seed);
    this.fadingRows = fadingRows;
    this.weights = window.weights();
    this.classes = window.classes();
    int features = window.features();
    this.drawn = Math.min(features, Math.max(2, (int) Math.round(StrictMath.sqrt(features))));
    this.order = new int[features];
    for (int f = 0; f < features; f++) {
      order[f] = f;
    }
    this.histogram = new int[RowWindow.BINS * classes];
    this.left = new double[classes];
    this.right = new double[classes];
    this.tree = new Tree(classes);
    this.rows = window.rows();
    this.labels = window.labels();
  }

  /** Grows it. */
  Tree build() {
    double[] alike = new double[classes];
    Arrays.fill(alike, 1.0 / classes);
    grow(0, rows.length, 0, alike);
    return tree;
  }

  /** Values that were looked at, and a quarter of the numbers that cuts were weighed by. */
  long work() {
    return work;
  }

  /** Where a node's best cut is; feature -1 for a leaf. */
  private record Cut(int feature, int bin) {
    static final Cut NONE = new Cut(Tree.LEAF, -1);
  }

  private void grow(int from, int to, int depth, double[] above) {
    int node = tree.add();
    double[] counts = weighed(from, to);
    double total = 0;
    for (double count : counts) {
      total += count;
    }
    Cut cut = isCut(counts, depth) ? best(from, to, counts, total) : Cut.NONE;
    if (depth == Tree.FADING_DEPTH || (cut.feature < 0 && depth < Tree.FADING_DEPTH)) {
      tree.fade(rows(counts, fadingRows), above);
    }
    if (cut.feature < 0) {
      tree.count(rows(counts, Double.POSITIVE_INFINITY), above);
      return;
    }
    double[] own = new double[classes];
    for (int c = 0; c < classes; c++) {
      own[c] = (counts[c] + SHRINK * above[c]) / (total + SHRINK);
    }
    int middle = part(from, to, cut);
    grow(from, middle, depth + 1, own);
    tree.cut(node, cut.feature, window.edge(cut.feature, cut.bin), tree.nodes());
    grow(middle, to, depth + 1, own);
  }

  /** What rows of each class weigh together: counted first, so that their order is all one. */
  private double[] weighed(int from, int to) {
    int[] held = new int[classes];
    for (int i = from; i < to; i++) {
      held[labels[rows[i]]]++;
    }
    double[] counts = new double[classes];
    for (int c = 0; c < classes; c++) {
      counts[c] = held[c] * weights[c];
    }
    return counts;
  }

  private boolean isCut(double[] counts, int depth) {
    int kinds = 0;
    for (double count : counts) {
      kinds += count > 0 ? 1 : 0;
    }
    return kinds > 1 && depth < Tree.MOST_DEPTH && tree.nodes() < MOST_NODES;
  }

  /** Weights as rows, at most so many together. */
  private double[] rows(double[] counts, double most) {
    double[] rows = new double[classes];
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      rows[c] = weights[c] > 0 ? counts[c] / weights[c] : 0;
      sum += rows[c];
    }
    for (int c = 0; c < classes && sum > most; c++) {
      rows[c] *= most / sum;
    }
    return rows;
  }

  /** Puts the rows that go left first, and returns where the others begin. */
  private int part(int from, int to, Cut cut) {
    byte[] bins = window.bins(cut.feature);
    int low = from;
    int high = to - 1;
    while (low <= high) {
      int row = rows[low];
      if (bins[row] <= cut.bin) {
        low++;
      } else {
        rows[low] = rows[high];
        rows[high--] = row;
      }
    }
    return low;
  }

  private Cut best(int from, int to, double[] counts, double total) {
    double whole = 0;
    for (double count : counts) {
      whole += count * count;
    }
    whole /= total;
    Cut best = Cut.NONE;
    double gained = LEAST_GAIN;
    int varying = 0;
    for (int q = 0; q < order.length && varying < drawn; q++) {
      int other = q + random.nextInt(order.length - q);
      int feature = order[other];
      order[other] = order[q];
      order[q] = feature;
      if (window.edges(feature) == 0) {
        continue;
      }
      Span span = fill(from, to, feature);
      if (span.low == span.high) {
        continue;
      }
      varying++;
      Gain gain = gain(span, counts, total, whole);
      if (gain.gain > gained) {
        gained = gain.gain;
        best = new Cut(feature, gain.bin);
      }
    }
    return best;
  }

  /** The first bin that has rows, and the last. */
  private record Span(int low, int high) {}

  private Span fill(int from, int to, int feature) {
    int cells = (window.edges(feature) + 1) * classes;
    Arrays.fill(histogram, 0, cells, 0);
    byte[] bins = window.bins(feature);
    int low = Integer.MAX_VALUE;
    int high = 0;
    for (int i = from; i < to; i++) {
      int row = rows[i];
      int bin = bins[row];
      histogram[bin * classes + labels[row]]++;
      low = Math.min(low, bin);
      high = Math.max(high, bin);
    }
    work += to - from + cells / 4;
    return new Span(low, high);
  }

  private record Gain(double gain, int bin) {}

  /** The cut of a feature that leaves the least impurity. */
  private Gain gain(Span span, double[] counts, double total, double whole) {
    Arrays.fill(left, 0);
    System.arraycopy(counts, 0, right, 0, classes);
    double leftSum = 0;
    double rightSum = total;
    double leftSquares = 0;
    double rightSquares = whole * total;
    double most = 0;
    int at = -1;
    for (int b = span.low; b < span.high; b++) {
      boolean moves = false;
      for (int c = 0; c < classes; c++) {
        int rows = histogram[b * classes + c];
        if (rows > 0) {
          double moved = rows * weights[c];
          leftSquares += 2 * left[c] * moved + moved * moved;
          rightSquares += -2 * right[c] * moved + moved * moved;
          left[c] += moved;
          right[c] -= moved;
          leftSum += moved;
          rightSum -= moved;
          moves = true;
        }
      }
      if (moves && leftSum > LEAST_WEIGHT && rightSum > LEAST_WEIGHT) {
        double gain = leftSquares / leftSum + rightSquares / rightSum - whole;
        if (gain > most) {
          most = gain;
          at = b;
        }
      }
    }
    return new Gain(most, at);
  }
}
