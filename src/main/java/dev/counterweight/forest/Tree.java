package dev.counterweight.forest;

import java.util.Arrays;

/**
 * A tree of cuts, and how many rows of each class came where: in its leaves, whose counts stay, and
 * in nodes at {@value #FADING_DEPTH} cuts from the top, or leaves above them, whose counts fade.
 * Both go on counting after it is built.
 *
 * <p>Nodes stand in the order in which they are met from left to right: below a cut, first all that
 * is on its left. So do the places that count. Thread-safe unless it goes on counting.
 */
final class Tree {
  static final int FADING_DEPTH = 8;

  /** Cuts from the top to a leaf. */
  static final int MOST_DEPTH = 20;

  /** In place of a feature. */
  static final int LEAF = -1;

  private int[] features = new int[64];
  private float[] thresholds = new float[64];

  /** Where rows above the threshold go; the others go to the next node. */
  private int[] rights = new int[64];

  /** Of a leaf its place in {@link #slow}, of a node whose counts fade that in {@link #quick}. */
  private int[] leaves = new int[64];

  private int[] fadings = new int[64];
  private int nodes;
  final ClassCounts slow;
  final ClassCounts quick;

  Tree(int classes) {
    this.slow = new ClassCounts(classes);
    this.quick = new ClassCounts(classes);
  }

  private Tree(
      int[] features, float[] thresholds, int[] rights, ClassCounts slow, ClassCounts quick) {
    this.features = features;
    this.thresholds = thresholds;
    this.rights = rights;
    this.nodes = features.length;
    this.leaves = new int[nodes];
    this.fadings = new int[nodes];
    this.slow = slow;
    this.quick = quick;
    Arrays.fill(leaves, -1);
    Arrays.fill(fadings, -1);
  }

  int nodes() {
    return nodes;
  }

  /** Makes the next node, neither cut yet nor counted in, and returns its number. */
  int add() {
    if (nodes == features.length) {
      int grown = 2 * nodes;
      features = Arrays.copyOf(features, grown);
      thresholds = Arrays.copyOf(thresholds, grown);
      rights = Arrays.copyOf(rights, grown);
      leaves = Arrays.copyOf(leaves, grown);
      fadings = Arrays.copyOf(fadings, grown);
    }
    features[nodes] = LEAF;
    leaves[nodes] = -1;
    fadings[nodes] = -1;
    return nodes++;
  }

  /**
   * Rows of which the feature is above the threshold go to {@code right}, which is there by now.
   */
  void cut(int node, int feature, float threshold, int right) {
    features[node] = feature;
    thresholds[node] = threshold;
    rights[node] = right;
  }

  /** The newest node is a leaf. */
  void count(double[] rows, double[] above) {
    leaves[nodes - 1] = slow.add(rows, above);
  }

  /** The newest node's counts fade. */
  void fade(double[] rows, double[] above) {
    fadings[nodes - 1] = quick.add(rows, above);
  }

  /** Where a row is counted: {@link #slow} and {@link #quick} take their part of it. */
  long places(float[] row, int at) {
    int node = 0;
    int fading = fadings[0];
    while (features[node] >= 0) {
      // A value that is missing, NaN, is not above any threshold.
      node = row[at + features[node]] > thresholds[node] ? rights[node] : node + 1;
      fading = Math.max(fading, fadings[node]); // One node on the way has a number.
    }
    return (long) fading << 32 | leaves[node];
  }

  /** Where in {@link #slow}. */
  static int slow(long places) {
    return (int) places;
  }

  /** Where in {@link #quick}. */
  static int quick(long places) {
    return (int) (places >> 32);
  }

  /** Of each node, {@link #LEAF} for a leaf. */
  int[] features() {
    return Arrays.copyOf(features, nodes);
  }

  /** Of each node, 0 for a leaf. */
  float[] thresholds() {
    return Arrays.copyOf(thresholds, nodes);
  }

  /** Of each node, 0 for a leaf. */
  int[] rights() {
    return Arrays.copyOf(rights, nodes);
  }

  /** Its place in {@link #slow}; -1 if it is no leaf. */
  int leaf(int node) {
    return leaves[node];
  }

  /** Its place in {@link #quick}; -1 if its counts do not fade. */
  int fading(int node) {
    return fadings[node];
  }

  /**
   * A tree as it was.
   *
   * @param rowFeatures that rows have
   * @throws IllegalArgumentException if a node leads nowhere, or other places are counted in than
   *     there are
   */
  static Tree of(
      int rowFeatures,
      int[] features,
      float[] thresholds,
      int[] rights,
      ClassCounts slow,
      ClassCounts quick) {
    Tree tree = new Tree(features, thresholds, rights, slow, quick);
    int[] places = new int[2];
    if (tree.number(0, 0, rowFeatures, places) != tree.nodes) {
      throw new IllegalArgumentException("a node leads nowhere");
    }
    if (places[0] != slow.places() || places[1] != quick.places()) {
      throw new IllegalArgumentException(
          "%d leaves and %d places that fade are counted in %d and %d"
              .formatted(places[0], places[1], slow.places(), quick.places()));
    }
    return tree;
  }

  /**
   * Numbers the places of a node and of all below it.
   *
   * @param places how many leaves, and places that fade, come before them; and then with them
   * @return the node behind them; -1 if they lead nowhere
   */
  private int number(int node, int depth, int rowFeatures, int[] places) {
    if (node < 0 || node >= nodes || depth > MOST_DEPTH || features[node] >= rowFeatures) {
      return -1;
    }
    boolean leaf = features[node] < 0;
    if (depth == FADING_DEPTH || (leaf && depth < FADING_DEPTH)) {
      fadings[node] = places[1]++;
    }
    if (leaf) {
      leaves[node] = places[0]++;
      return node + 1;
    }
    int right = number(node + 1, depth + 1, rowFeatures, places);
    return right == rights[node] ? number(right, depth + 1, rowFeatures, places) : -1;
  }
}
