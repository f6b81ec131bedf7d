package dev.counterweight.forest;

import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;

/**
 * A {@link Forest} that learns a stream row by row, each row once. One tree after the other is
 * built anew from the newest rows of each class, all of them in turn while half of what is held
 * comes anew; leaves count every row meanwhile.
 *
 * <p>Building is bounded by count and not by the clock: a tree may be begun once each row granted
 * {@value #WORK} values for the one before, and on a long stream less, as the root of the rows
 * learnt and down to {@value #LEAST_WORK}, as draws are. So it is a function of its seed and the
 * rows alone, bit for bit. Not thread-safe.
 */
public final class WindowForest implements Stateful {
  /** Values looked at in building that each row grants. */
  static final long WORK = 1_500;

  private static final long LEAST_WORK = 375;

  /** Rows that grant all of it. */
  private static final double EARLY = 40_000;

  /** Of what is held, what comes anew while all trees are built. */
  private static final double RENEWED = 0.5;

  private static final int LEAST_HELD = 8;
  private static final int LEAST_SINCE = 4;
  private static final float KEPT = 0.5f;

  private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

  private final int most;
  private final long seed;
  private final Forest grown;
  private final Forest.Scorer scorer;
  private final RowWindow window;

  /** Rows learnt, and rows since a tree was built; trees built, and work. */
  private long seen;

  private long since;
  private long built;
  private long work;

  /**
   * @param features of a row, none of them infinite; NaN for one that is missing
   * @param trees that there are once all are built
   * @param seed of the features that are drawn at each cut
   */
  public WindowForest(int features, int classes, int trees, long seed) {
    this.most = trees;
    this.seed = seed;
    this.grown = new Forest(features, classes, trees);
    this.scorer = grown.scorer();
    this.window = new RowWindow(features, grown.held);
  }

  /** Learns from a row, once it has been scored. */
  public void learn(float[] rows, int at, int label) {
    seen++;
    since++;
    window.add(rows, at, label);
    for (Tree tree : grown.trees) {
      long places = tree.places(rows, at);
      tree.slow.count(Tree.slow(places), label);
      tree.quick.fade(Tree.quick(places), KEPT);
      tree.quick.count(Tree.quick(places), label);
    }
    if (isDue()) {
      build();
    }
  }

  private boolean isDue() {
    int held = window.held();
    return held >= LEAST_HELD
        && since >= Math.max(LEAST_SINCE, RENEWED * held / most)
        && since * granted() >= work;
  }

  private double granted() {
    return Math.max(LEAST_WORK, WORK * Math.sqrt(Math.min(1, EARLY / seen)));
  }

  private void build() {
    since = 0;
    if (built % Math.max(1, most / 2) == 0) {
      window.renewEdges();
    }
    TreeBuilder builder =
        new TreeBuilder(window, seed + built * GOLDEN_GAMMA, 1 / (1 - (double) KEPT));
    Tree tree = builder.build();
    int place = (int) (built % most);
    if (place == grown.trees.size()) {
      grown.trees.add(tree);
    } else {
      grown.trees.set(place, tree);
    }
    work = builder.work();
    built++;
  }

  /** Whether there is a tree yet: before that it can tell nothing. */
  public boolean isGrown() {
    return grown.isGrown();
  }

  /** As {@link Forest.Scorer#score}, by what was learnt up to now. */
  public void score(float[] rows, int at, double[] views, int to) {
    scorer.weigh();
    scorer.score(rows, at, views, to);
  }

  /** What scoring takes: it changes with each row learnt. */
  public Forest grown() {
    return grown;
  }

  /** All but {@link #grown}, which has to be restored before it. */
  @Override
  public void declare(State state) {
    window.declare(state.in("forest."));
    state
        .in("forest.")
        .count("seen", () -> seen, n -> seen = n)
        .count("since", () -> since, n -> since = n)
        .count("built", () -> built, n -> built = n)
        .count("work", () -> work, n -> work = n);
  }
}
