package dev.counterweight.forest;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A forest of {@value #TREES} trees that learns a stream row by row, each row once. One tree after
 * the other is built anew from the newest rows of each class, all of them in turn while half of
 * what is held comes anew; leaves count every row meanwhile.
 *
 * <p>It tells a row's class in two views, both as shares of classes that weigh alike: {@code slow},
 * by what is counted in leaves, and {@code quick}, by what was counted in larger parts and fades by
 * half with each row, which follows runs of labels. A place of few rows says what its parent does,
 * and what lies where none of a class has been yet may be of it all the same, the more so the fewer
 * rows of it are held.
 *
 * <p>Building is bounded by count and not by the clock: a tree may be begun once {@value #WORK}
 * values an event were granted for the one before. So it is a function of its seed and the rows
 * alone, bit for bit. Not thread-safe.
 */
public final class WindowForest implements Stateful {
  static final int TREES = 20;

  /** Values looked at in building that each row grants. */
  static final long WORK = 1_500;

  /** Of what is held, what comes anew while all trees are built. */
  private static final double RENEWED = 0.5;

  private static final int LEAST_HELD = 8;
  private static final int LEAST_SINCE = 4;
  private static final float KEPT = 0.5f;
  private static final double QUICK_SHRINK = 0.3;

  /** Of a class that has so many rows an unseen place is taken to be a quarter as likely. */
  private static final double FEW = 4;

  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private final int classes;
  private final long seed;
  private final RowWindow window;
  private final List<Tree> trees = new ArrayList<>();

  /**
   * Rows learnt, rows since a tree was built, rows when edges were found; trees built, and work.
   */
  private long seen;

  private long since;
  private long edgesAt;
  private long built;
  private long work;

  /**
   * @param features of a row, all of them finite
   * @param seed of the features that are drawn at each cut
   */
  public WindowForest(int features, int classes, long seed) {
    this.classes = classes;
    this.seed = seed;
    this.window = new RowWindow(features, classes);
  }

  /** Learns from a row, once it has been scored. */
  public void learn(float[] rows, int at, int label) {
    seen++;
    since++;
    window.add(rows, at, label);
    for (Tree tree : trees) {
      tree.slow.count(tree.leaf(rows, at), label);
      int fading = tree.fading(rows, at);
      tree.quick.fade(fading, KEPT);
      tree.quick.count(fading, label);
    }
    if (isDue()) {
      build();
    }
  }

  private boolean isDue() {
    int held = window.held();
    return held >= LEAST_HELD
        && since >= Math.max(LEAST_SINCE, RENEWED * held / TREES)
        && since * WORK >= work;
  }

  private void build() {
    since = 0;
    if (edgesAt == 0 || seen - edgesAt >= window.held() / 4) {
      window.renewEdges();
      edgesAt = seen;
    }
    TreeBuilder builder =
        new TreeBuilder(window, seed + built * GOLDEN_GAMMA, 1 / (1 - (double) KEPT));
    Tree tree = builder.build();
    int place = (int) (built % TREES);
    if (place == trees.size()) {
      trees.add(tree);
    } else {
      trees.set(place, tree);
    }
    work = builder.work();
    built++;
  }

  /**
   * Scores a row.
   *
   * @param slow receives K shares of classes that weigh alike, which sum to 1
   * @param quick the same by what was counted last
   */
  public void score(float[] rows, int at, double[] slow, double[] quick) {
    double none = trees.isEmpty() ? 1.0 / classes : 0;
    Arrays.fill(slow, none);
    Arrays.fill(quick, none);
    double[] weights = window.weights();
    double[] unseen = new double[classes];
    for (int c = 0; c < classes; c++) {
      double share = FEW / (window.held(c) + FEW);
      unseen[c] = share * share;
    }
    double[] shares = new double[classes];
    for (Tree tree : trees) {
      int leaf = tree.leaf(rows, at);
      add(tree.slow, leaf, TreeBuilder.SHRINK, weights, unseen, shares, slow);
      add(tree.quick, tree.fading(rows, at), QUICK_SHRINK, weights, unseen, shares, quick);
    }
  }

  private void add(
      ClassCounts counts,
      int place,
      double shrink,
      double[] weights,
      double[] unseen,
      double[] shares,
      double[] target) {
    double mean = 0;
    for (int c = 0; c < classes; c++) {
      shares[c] = counts.rows(place, c) * weights[c];
      mean += shares[c] / classes;
    }
    double sum = 0;
    for (int c = 0; c < classes; c++) {
      shares[c] += mean * unseen[c] + shrink * counts.expected(place, c);
      sum += shares[c];
    }
    for (int c = 0; c < classes; c++) {
      target[c] += shares[c] / sum / trees.size();
    }
  }

  @Override
  public void declare(State state) {
    State own = state.in("forest.");
    window.declare(own);
    own.count("seen", () -> seen, n -> seen = n)
        .count("since", () -> since, n -> since = n)
        .count("edges_at", () -> edgesAt, n -> edgesAt = n)
        .count("built", () -> built, n -> built = n)
        .count("work", () -> work, n -> work = n);
    TreeTensors.declare(state, window.features(), classes, trees);
  }
}
