package dev.counterweight.forest;

import java.util.Arrays;
import java.util.List;

/**
 * A forest as tables, for what looks things up and has no loops: all nodes one behind the other,
 * tree by tree. A row stands at a node of each tree, at first at its root, and moves down once for
 * each cut. A leaf leads to itself, so that all trees can be moved down as often as the deepest
 * asks for.
 *
 * @param depth cuts from the top to the deepest leaf of all
 * @param roots the first node of each tree
 * @param features of each node; of a leaf any
 * @param lefts where a row goes whose feature is not above the threshold; one that is missing, NaN,
 *     is not
 * @param rights where the others go
 * @param leaves of each leaf its row of {@code slow}; of other nodes 0
 * @param fadings of each node at {@value #FADING_DEPTH} cuts from the top, or leaf above them, its
 *     row of {@code quick}; of other nodes 0
 * @param slow shares of classes, K a leaf: a view is the mean of the trees' rows
 * @param quick likewise, K a place whose counts fade
 */
@SuppressWarnings("ArrayRecordComponent")
public record ForestTables(
    int depth,
    long[] roots,
    long[] features,
    float[] thresholds,
    long[] lefts,
    long[] rights,
    long[] leaves,
    long[] fadings,
    double[] slow,
    double[] quick) {

  /** Moves after which a row stands where counts fade. */
  public static final int FADING_DEPTH = Tree.FADING_DEPTH;

  /**
   * Of trees.
   *
   * @param slow shares of all their leaves
   * @param quick shares of all their places that fade
   */
  static ForestTables of(List<Tree> trees, double[] slow, double[] quick) {
    Nodes nodes = new Nodes(trees.size(), trees.stream().mapToInt(Tree::nodes).sum());
    trees.forEach(nodes::add);
    return nodes.with(slow, quick);
  }

  /** Nodes being collected; owned by the call that makes them. */
  private static final class Nodes {
    private final long[] roots;
    private final long[] features;
    private final float[] thresholds;
    private final long[] lefts;
    private final long[] rights;
    private final long[] leaves;
    private final long[] fadings;

    /** Of each node, how many cuts are above it. */
    private final int[] depths;

    /** Trees, nodes and places before the tree in hand. */
    private int trees;

    private int first;
    private int leavesBefore;
    private int fadingsBefore;

    Nodes(int trees, int nodes) {
      this.roots = new long[trees];
      this.features = new long[nodes];
      this.thresholds = new float[nodes];
      this.lefts = new long[nodes];
      this.rights = new long[nodes];
      this.leaves = new long[nodes];
      this.fadings = new long[nodes];
      this.depths = new int[nodes];
    }

    void add(Tree tree) {
      roots[trees++] = first;
      int[] cuts = tree.features();
      int[] aboves = tree.rights();
      System.arraycopy(tree.thresholds(), 0, thresholds, first, cuts.length);
      for (int n = 0; n < cuts.length; n++) {
        boolean leaf = cuts[n] == Tree.LEAF;
        int at = first + n;
        features[at] = leaf ? 0 : cuts[n];
        lefts[at] = leaf ? at : at + 1;
        rights[at] = leaf ? at : first + aboves[n];
        leaves[at] = tree.leaf(n) < 0 ? 0 : leavesBefore + tree.leaf(n);
        fadings[at] = tree.fading(n) < 0 ? 0 : fadingsBefore + tree.fading(n);
        if (!leaf) {
          depths[(int) lefts[at]] = depths[at] + 1;
          depths[(int) rights[at]] = depths[at] + 1;
        }
      }
      first += cuts.length;
      leavesBefore += tree.slow.places();
      fadingsBefore += tree.quick.places();
    }

    ForestTables with(double[] slow, double[] quick) {
      int deepest = Arrays.stream(depths).max().orElse(0);
      return new ForestTables(
          deepest, roots, features, thresholds, lefts, rights, leaves, fadings, slow, quick);
    }
  }
}
