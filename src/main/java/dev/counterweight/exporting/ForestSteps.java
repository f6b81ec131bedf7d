package dev.counterweight.exporting;

import dev.counterweight.forest.ForestTables;
import dev.counterweight.serving.ForestShares;
import dev.counterweight.serving.OddsCorrection;
import dev.counterweight.tensor.Tensor;

/**
 * From a row's columns to what a forest adds to the logarithms of its odds. All trees are moved
 * down together, by looking nodes up: there is no loop in a file. Not thread-safe.
 */
final class ForestSteps {
  private final CalculationBuilder calculation;
  private final ForestTables tables;
  private final int classes;
  private final Term features;
  private final Term thresholds;
  private final Term lefts;
  private final Term rights;

  ForestSteps(CalculationBuilder calculation, ForestTables tables, int classes) {
    this.calculation = calculation;
    this.tables = tables;
    this.classes = classes;
    this.features = calculation.wholes(tables.features());
    float[] cuts = tables.thresholds();
    this.thresholds = calculation.constant(new Tensor.F32(cuts, cuts.length));
    this.lefts = calculation.wholes(tables.lefts());
    this.rights = calculation.wholes(tables.rights());
  }

  /**
   * The logarithms of both views, each as often as it counts, F64[n, K].
   *
   * @param row all columns F32[n, F], NaN where missing
   */
  Term evidence(Term row, ForestShares shares) {
    Term node = roots(row);
    Term fading = node;
    for (int moved = 1; moved <= tables.depth(); moved++) {
      node = moved(row, node);
      fading = moved == ForestTables.FADING_DEPTH ? node : fading;
    }
    // Where no leaf is as deep as that, counts fade in the leaves.
    Term quick = tables.depth() < ForestTables.FADING_DEPTH ? node : fading;
    return log(node, tables.leaves(), tables.slow())
        .times(shares.slow())
        .plus(log(quick, tables.fadings(), tables.quick()).times(shares.quick()));
  }

  /** I64[n, T], for each row the same. */
  private Term roots(Term row) {
    Term zeros = row.isNaN().toLong().sum().times(calculation.whole(0));
    return zeros.plus(calculation.wholes(tables.roots()));
  }

  private Term moved(Term row, Term node) {
    return row.gather(features.rows(node))
        .then(Operation.ABOVE, thresholds.rows(node))
        .choose(rights.rows(node), lefts.rows(node));
  }

  /**
   * The logarithm of a view.
   *
   * @param places of nodes in {@code shares}
   */
  private Term log(Term node, long[] places, double[] shares) {
    Term of = calculation.wholes(places).rows(node);
    return calculation
        .table(shares, shares.length / classes, classes)
        .rows(of)
        .then(Operation.SUM_OF_ITEMS)
        .times(1.0 / tables.roots().length)
        .larger(OddsCorrection.LEAST)
        .log();
  }
}
