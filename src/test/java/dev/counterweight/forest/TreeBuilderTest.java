package dev.counterweight.forest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class TreeBuilderTest {

  @Property(tries = 50)
  void everyRowIsInALeafAndFadingCountsAreBounded(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 6) int features,
      @ForAll @IntRange(min = 2, max = 4) int classes,
      @ForAll @IntRange(min = 8, max = 400) int rows) {
    RowWindow window = new RowWindow(features, new long[classes]);
    Random random = new Random(seed);
    double[] made = new double[classes];
    for (int i = 0; i < rows; i++) {
      int label = random.nextInt(classes);
      made[label]++;
      window.add(row(random, features), 0, label);
    }
    window.renewEdges();

    Tree tree = new TreeBuilder(window, seed, 2).build();

    double[] counted = new double[classes];
    for (int place = 0; place < tree.slow.places(); place++) {
      for (int c = 0; c < classes; c++) {
        counted[c] += tree.slow.rows(place, c);
      }
    }
    for (int c = 0; c < classes; c++) {
      assertThat(counted[c]).isCloseTo(made[c], within(1e-3 * rows));
    }
    for (int place = 0; place < tree.quick.places(); place++) {
      double sum = 0;
      for (int c = 0; c < classes; c++) {
        sum += tree.quick.rows(place, c);
      }
      assertThat(sum).isBetween(0.0, 2 + 1e-6);
    }
    assertThat(reread(tree, features).places(row(random, features), 0)).isNotNegative();
  }

  /** What is numbered anew is counted where the builder has it counted. */
  @Property(tries = 50)
  void aTreeThatIsReadCountsWhereTheOneWrittenDid(@ForAll long seed) {
    Random random = new Random(seed);
    RowWindow window = new RowWindow(3, new long[2]);
    for (int i = 0; i < 900; i++) {
      window.add(row(random, 3), 0, random.nextInt(2));
    }
    window.renewEdges();
    Tree tree = new TreeBuilder(window, seed, 2).build();
    Tree read = reread(tree, 3);
    for (int i = 0; i < 200; i++) {
      float[] row = row(random, 3);
      assertThat(read.places(row, 0)).isEqualTo(tree.places(row, 0));
    }
  }

  private static Tree reread(Tree tree, int features) {
    return Tree.of(
        features, tree.features(), tree.thresholds(), tree.rights(), tree.slow, tree.quick);
  }

  private static float[] row(Random random, int features) {
    float[] row = new float[features];
    for (int f = 0; f < features; f++) {
      row[f] = random.nextInt(4) == 0 ? random.nextInt(3) : (float) random.nextGaussian();
    }
    return row;
  }
}
