package dev.counterweight.forest;

import java.util.Arrays;

/**
 * A tree of cuts, and how many rows of each class came where: in its leaves, whose counts stay, and
 * in nodes at a depth that is set, whose counts fade. Both go on counting after it is built. Not
 * thread-safe.
 */
final class Tree {
  /** Numbers of a node in {@link #links}. */
  static final int LINKS = 5;

  private int[] features = new int[64];
  private float[] thresholds = new float[64];
  private int[] lefts = new int[64];
  private int[] rights = new int[64];
  private int[] leaves = new int[64];
  private int[] fadings = new int[64];
  private int nodes;
  final ClassCounts slow;
  final ClassCounts quick;

  Tree(int classes) {
    this.slow = new ClassCounts(classes);
    this.quick = new ClassCounts(classes);
  }

  int nodes() {
    return nodes;
  }

  /** Makes a node that is neither cut yet nor counted in, and returns its number. */
  int add() {
    if (nodes == features.length) {
      int grown = 2 * nodes;
      features = Arrays.copyOf(features, grown);
      thresholds = Arrays.copyOf(thresholds, grown);
      lefts = Arrays.copyOf(lefts, grown);
      rights = Arrays.copyOf(rights, grown);
      leaves = Arrays.copyOf(leaves, grown);
      fadings = Arrays.copyOf(fadings, grown);
    }
    features[nodes] = -1;
    leaves[nodes] = -1;
    fadings[nodes] = -1;
    return nodes++;
  }

  /** Rows of which the feature is not above the threshold go left. */
  void cut(int node, int feature, float threshold, int left, int right) {
    features[node] = feature;
    thresholds[node] = threshold;
    lefts[node] = left;
    rights[node] = right;
  }

  /** The node is a leaf. */
  void count(int node, double[] rows, double[] above) {
    leaves[node] = slow.add(rows, above);
  }

  /** The node's counts fade. */
  void fade(int node, double[] rows, double[] above) {
    fadings[node] = quick.add(rows, above);
  }

  /** Where in {@link #slow} a row is counted. */
  int leaf(float[] row, int at) {
    int node = 0;
    while (features[node] >= 0) {
      node = below(node, row, at);
    }
    return leaves[node];
  }

  /** Where in {@link #quick} it is. */
  int fading(float[] row, int at) {
    int node = 0;
    while (fadings[node] < 0) {
      node = below(node, row, at);
    }
    return fadings[node];
  }

  /** A value that is missing, NaN, is not above any threshold. */
  private int below(int node, float[] row, int at) {
    return row[at + features[node]] > thresholds[node] ? rights[node] : lefts[node];
  }

  /** {feature, left, right, leaf, fading} of each node. */
  long[] links() {
    long[] all = new long[LINKS * nodes];
    for (int n = 0; n < nodes; n++) {
      all[LINKS * n] = features[n];
      all[LINKS * n + 1] = lefts[n];
      all[LINKS * n + 2] = rights[n];
      all[LINKS * n + 3] = leaves[n];
      all[LINKS * n + 4] = fadings[n];
    }
    return all;
  }

  float[] thresholds() {
    return Arrays.copyOf(thresholds, nodes);
  }

  /** A tree as it was. */
  static Tree of(int classes, long[] links, float[] thresholds, float[] slow, float[] quick) {
    Tree tree = new Tree(classes);
    for (int n = 0; n < thresholds.length; n++) {
      int node = tree.add();
      tree.cut(
          node,
          (int) links[LINKS * n],
          thresholds[n],
          (int) links[LINKS * n + 1],
          (int) links[LINKS * n + 2]);
      tree.leaves[node] = (int) links[LINKS * n + 3];
      tree.fadings[node] = (int) links[LINKS * n + 4];
    }
    tree.slow.take(slow);
    tree.quick.take(quick);
    return tree;
  }

  /**
   * Whether every way down passes counts that fade and ends in a leaf, by features that there are.
   */
  boolean isSound(int rowFeatures) {
    return nodes > 0 && isSound(0, false, rowFeatures);
  }

  private boolean isSound(int node, boolean faded, int rowFeatures) {
    boolean fades = faded || (fadings[node] >= 0 && fadings[node] < quick.places());
    if (features[node] < 0) {
      return fades && leaves[node] >= 0 && leaves[node] < slow.places();
    }
    return features[node] < rowFeatures
        && isBelow(node, lefts[node])
        && isBelow(node, rights[node])
        && isSound(lefts[node], fades, rowFeatures)
        && isSound(rights[node], fades, rowFeatures);
  }

  /** Nodes are made before those below them. */
  private boolean isBelow(int node, int other) {
    return other > node && other < nodes;
  }
}
