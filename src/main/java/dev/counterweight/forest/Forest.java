package dev.counterweight.forest;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;

/**
 * Trees that count rows, and how many rows of each class they are of: all that scoring takes.
 *
 * <p>It tells a row's class in two views, both as shares of classes that weigh alike: {@code slow},
 * by what is counted in leaves, and {@code quick}, by what was counted in larger parts and fades by
 * half with each row, which follows runs of labels. A place of few rows says what its parent does,
 * and what lies where none of a class has been yet may be of it all the same, the more so the fewer
 * rows of it are held.
 *
 * <p>Thread-safe unless it is one that a {@link WindowForest} goes on changing.
 */
public final class Forest implements Stateful {
  static final String HELD = "forest.held";

  private static final double QUICK_SHRINK = 0.3;

  /** Of a class that has so many rows an unseen place is taken to be a quarter as likely. */
  private static final double FEW = 4;

  private final int features;
  private final int classes;
  private final int most;
  final List<Tree> trees = new ArrayList<>();

  /** Rows of each class that are held. */
  final long[] held;

  /**
   * @param most trees
   */
  Forest(int features, int classes, int most) {
    this.features = features;
    this.classes = classes;
    this.most = most;
    this.held = new long[classes];
  }

  /**
   * One as it was saved.
   *
   * @param features of a row
   * @param most trees that it may have
   * @throws dev.counterweight.tensor.MalformedTensorsException if it is not one of such rows
   */
  public static Forest of(SafeTensors saved, int features, int classes, int most) {
    Forest forest = new Forest(features, classes, most);
    forest.restore(saved.tensors());
    return forest;
  }

  /** Whether there is a tree yet: before that it can tell nothing. */
  public boolean isGrown() {
    return !trees.isEmpty();
  }

  /**
   * What a row of each class counts for, so that classes weigh alike; 0 without any.
   *
   * @param held rows of each class
   */
  static double[] weights(long[] held) {
    long all = Arrays.stream(held).sum();
    long met = Arrays.stream(held).filter(rows -> rows > 0).count();
    return Arrays.stream(held)
        .mapToDouble(rows -> rows > 0 ? all / ((double) met * rows) : 0)
        .toArray();
  }

  /** What scores for one thread. */
  public Scorer scorer() {
    return new Scorer();
  }

  /** All that a scorer goes by, as it is now. */
  public ForestTables tables() {
    Scorer scorer = new Scorer();
    double[] slow =
        trees.stream()
            .flatMapToDouble(tree -> scorer.shares(tree.slow, TreeBuilder.SHRINK))
            .toArray();
    double[] quick =
        trees.stream().flatMapToDouble(tree -> scorer.shares(tree.quick, QUICK_SHRINK)).toArray();
    return ForestTables.of(trees, slow, quick);
  }

  /** Scores by the forest as it is; one thread at a time. */
  public final class Scorer {
    private final double[] shares = new double[classes];
    private final double[] unseen = new double[classes];
    private double[] weights = {};

    private Scorer() {
      weigh();
    }

    /** Takes how many rows of each class are held. */
    void weigh() {
      weights = weights(held);
      for (int c = 0; c < classes; c++) {
        double share = FEW / (held[c] + FEW);
        unseen[c] = share * share;
      }
    }

    /**
     * Scores a row.
     *
     * @param views receives the shares by {@code slow}, K that sum to 1, then those by {@code
     *     quick}
     * @param to where they go
     */
    public void score(float[] rows, int at, double[] views, int to) {
      Arrays.fill(views, to, to + 2 * classes, trees.isEmpty() ? 1.0 / classes : 0);
      for (Tree tree : trees) {
        long places = tree.places(rows, at);
        add(tree.slow, Tree.slow(places), TreeBuilder.SHRINK, views, to);
        add(tree.quick, Tree.quick(places), QUICK_SHRINK, views, to + classes);
      }
    }

    private void add(ClassCounts counts, int place, double shrink, double[] views, int to) {
      double sum = weigh(counts, place, shrink);
      for (int c = 0; c < classes; c++) {
        views[to + c] += shares[c] / sum / trees.size();
      }
    }

    /** What each place says of the classes: K that sum to 1. */
    private DoubleStream shares(ClassCounts counts, double shrink) {
      double[] all = new double[counts.places() * classes];
      for (int place = 0; place < counts.places(); place++) {
        double sum = weigh(counts, place, shrink);
        for (int c = 0; c < classes; c++) {
          all[place * classes + c] = shares[c] / sum;
        }
      }
      return Arrays.stream(all);
    }

    /** Writes what a place says of the classes, as shares of the sum that is returned. */
    private double weigh(ClassCounts counts, int place, double shrink) {
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
      return sum;
    }
  }

  private Runnable checkHeld(SafeTensors in) {
    for (long rows : in.longs(HELD, classes)) {
      if (rows > RowWindow.MOST_ROWS) {
        throw new MalformedTensorsException(
            "tensor '%s' has %d rows of a class: must be at most %d"
                .formatted(HELD, rows, RowWindow.MOST_ROWS));
      }
    }
    return () -> {};
  }

  @Override
  public void declare(State state) {
    state.longs(HELD, held).notNegative(HELD).part(out -> {}, this::checkHeld);
    TreeTensors.declare(state, features, classes, most, trees);
  }
}
