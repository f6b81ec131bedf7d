package dev.counterweight.forest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForestTablesTest {
  private static final int FEATURES = 3;
  private static final int TREES = 6;

  private final Random random = new Random(7);

  /** Trees of a leaf alone, of few cuts, and of more than counts fade at. */
  @ParameterizedTest
  @CsvSource({"1, 40", "2, 12", "2, 600", "3, 600"})
  void aRowMovedDownByTheTablesIsToldWhatTheScorerTells(int labels, int learnt) {
    int classes = 3;
    WindowForest grown = new WindowForest(FEATURES, classes, TREES, 1);
    for (int i = 0; i < learnt; i++) {
      grown.learn(row(), 0, random.nextInt(labels));
    }
    ForestTables tables = grown.grown().tables();
    Forest.Scorer scorer = grown.grown().scorer();
    double[] views = new double[2 * classes];

    for (int i = 0; i < 100; i++) {
      float[] row = row();
      scorer.score(row, 0, views, 0);
      assertThat(views(tables, row, classes)).containsExactly(views, within(1e-12));
    }
    assertThat(tables.depth() > ForestTables.FADING_DEPTH).isEqualTo(learnt == 600);
  }

  private static double[] views(ForestTables tables, float[] row, int classes) {
    double[] views = new double[2 * classes];
    for (long root : tables.roots()) {
      int node = (int) root;
      int fading = node;
      for (int moved = 1; moved <= tables.depth(); moved++) {
        boolean above = row[(int) tables.features()[node]] > tables.thresholds()[node];
        node = (int) (above ? tables.rights() : tables.lefts())[node];
        fading = moved <= ForestTables.FADING_DEPTH ? node : fading;
      }
      for (int c = 0; c < classes; c++) {
        views[c] += tables.slow()[(int) tables.leaves()[node] * classes + c];
        views[classes + c] += tables.quick()[(int) tables.fadings()[fading] * classes + c];
      }
    }
    for (int i = 0; i < views.length; i++) {
      views[i] /= tables.roots().length;
    }
    return views;
  }

  private float[] row() {
    float[] row = new float[FEATURES];
    for (int f = 0; f < FEATURES; f++) {
      row[f] = random.nextInt(6) == 0 ? Float.NaN : (float) random.nextGaussian();
    }
    return row;
  }
}
