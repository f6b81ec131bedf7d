package dev.counterweight.serving;

import dev.counterweight.forest.Forest;

/** What a model's forest makes of its networks' probabilities; for one thread. */
final class ForestVote {
  private final Forest.Scorer scorer;
  private final ForestPool pool;
  private final double[] views;

  /**
   * @param shares of networks and forest
   * @param weights that rows are served by
   */
  ForestVote(Forest forest, ForestShares shares, float[] weights) {
    this.scorer = forest.scorer();
    this.pool = new ForestPool(weights.length, shares);
    this.views = new double[2 * weights.length];
    pool.observe(weights);
  }

  /**
   * Pools a row's probabilities, in place.
   *
   * @param row the columns that they are of
   * @param at where they begin
   */
  void pool(double[] served, float[] row, int at) {
    scorer.score(row, at, views, 0);
    pool.apply(served, views, 0, served);
  }
}
