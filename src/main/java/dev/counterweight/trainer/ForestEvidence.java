package dev.counterweight.trainer;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.config.JobConfig;
import dev.counterweight.forest.Forest;
import dev.counterweight.forest.WindowForest;
import dev.counterweight.serving.ForestPool;
import dev.counterweight.serving.ForestShares;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Stateful;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The forest of a job that asks for one, and what it counts beside the networks. It is trained on
 * each event once, by its fresh draw, and scores the rows of an evaluation slice before that. In a
 * job that asks for none, nothing.
 *
 * <p>A function of the records and of the weights they are served by. Not thread-safe.
 */
final class ForestEvidence implements Stateful {
  private static final Logger LOG = LoggerFactory.getLogger(ForestEvidence.class);
  private static final String PREFIX = "forest.";

  private final int classes;
  private final int columns;
  private final @Nullable WindowForest forest;
  private final ForestPool pool;
  private double[] views = {};
  private boolean counts;

  ForestEvidence(JobConfig config) {
    this.classes = config.events().schema().classCount();
    this.columns = config.events().schema().features().columnCount();
    int trees = config.trainer().model().trees();
    this.forest = trees == 0 ? null : new WindowForest(columns, classes, trees, config.seed());
    this.pool = new ForestPool(classes);
  }

  /**
   * Scores the rows of a slice.
   *
   * @param weights that they are served by
   */
  void score(MiniBatch.EvaluationSlice slice, float[] weights) {
    counts = forest != null && forest.isGrown();
    if (forest == null || !counts) {
      return;
    }
    pool.observe(weights);
    if (views.length < at(slice.rows())) {
      views = new double[at(slice.rows())];
    }
    for (int row = 0; row < slice.rows(); row++) {
      forest.score(slice.features(), row * columns, views, at(row));
    }
  }

  private int at(int row) {
    return row * 2 * classes;
  }

  /** Pools the probabilities of a row of the newest slice, in place. */
  void pool(double[] served, int row) {
    if (counts) {
      pool.apply(served, views, at(row), served);
    }
  }

  /**
   * Learns what the forest counts from a row of the newest slice, once all of it is scored.
   *
   * @param served as the networks gave it
   * @param weight how many events it stands for
   */
  void learn(double[] served, int row, int label, double weight) {
    if (counts) {
      pool.learn(served, views, at(row), label, weight);
    }
  }

  /** Whether there is a forest. */
  boolean learns() {
    return forest != null;
  }

  /** Trains on a record's events. */
  void train(MiniBatch.Draws draws) {
    for (int row = 0; forest != null && row < draws.rows(); row++) {
      if (draws.fresh()[row] == 1) {
        forest.learn(draws.features(), row * columns, (int) draws.labels()[row]);
      }
    }
  }

  /** What scores rows that follow; empty in a job that asks for none. */
  Optional<Forest> grown() {
    return Optional.ofNullable(forest).map(WindowForest::grown);
  }

  /** What counts how much in rows that follow; empty while there is no tree. */
  Optional<ForestShares> shares() {
    return forest != null && forest.isGrown() ? Optional.of(pool.shares()) : Optional.empty();
  }

  /**
   * All but {@link #grown}, which is saved by itself. A state from before the job asked for a
   * forest says nothing of it, and it begins now.
   */
  @Override
  public void declare(State state) {
    if (forest == null) {
      state.part(out -> {}, in -> told(in) ? ForestEvidence::sayGivenUp : () -> {});
      return;
    }
    State all = State.of(forest.grown(), forest, pool);
    state.part(
        State.of(forest, pool),
        in -> told(in) ? all.check(in.tensors()) : ForestEvidence::sayBegun);
  }

  private static boolean told(SafeTensors state) {
    return state.tensors().keySet().stream().anyMatch(name -> name.startsWith(PREFIX));
  }

  private static void sayBegun() {
    LOG.info("model.forest: a forest beside the networks, which begins to learn from here on");
  }

  private static void sayGivenUp() {
    LOG.info("without model.forest, which the checkpoint had: what its forest learnt is left out");
  }
}
