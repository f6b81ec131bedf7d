package dev.counterweight.forest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class WindowForestTest {
  private static final int FEATURES = 4;

  private final Random random = new Random(5);
  private final double[] slow = new double[2];
  private final double[] quick = new double[2];

  @Test
  void whatNoFeatureTellsByItselfIsLearnt() {
    WindowForest forest = new WindowForest(FEATURES, 2, 1);
    for (int i = 0; i < 4_000; i++) {
      float[] row = row();
      forest.learn(row, 0, crossed(row));
    }
    int right = 0;
    for (int i = 0; i < 1_000; i++) {
      float[] row = row();
      forest.score(row, 0, slow, quick);
      right += (slow[1] > slow[0] ? 1 : 0) == crossed(row) ? 1 : 0;
    }
    assertThat(right).isGreaterThan(930);
  }

  @Test
  void aClassOfOneRowInTwoHundredIsFound() {
    WindowForest forest = new WindowForest(FEATURES, 2, 1);
    int rare = 0;
    int found = 0;
    for (int i = 0; i < 20_000; i++) {
      float[] row = row();
      int label = random.nextInt(200) == 0 ? 1 : 0;
      row[2] += 3 * label;
      if (label == 1 && i > 5_000) {
        forest.score(row, 0, slow, quick);
        rare++;
        found += slow[1] > 0.5 ? 1 : 0;
      }
      forest.learn(row, 0, label);
    }
    assertThat((double) found / rare).isGreaterThan(0.7);
  }

  @Test
  void quickFollowsRunsOfLabelsThatNoFeatureTells() {
    WindowForest forest = new WindowForest(FEATURES, 2, 1);
    int right = 0;
    int rows = 6_000;
    for (int i = 0; i < rows; i++) {
      float[] row = row();
      int label = i / 500 % 2;
      forest.score(row, 0, slow, quick);
      right += (quick[1] > quick[0] ? 1 : 0) == label ? 1 : 0;
      forest.learn(row, 0, label);
    }
    assertThat((double) right / rows).isGreaterThan(0.6);
  }

  @Test
  void sharesAreOfAllClassesAndSumToOneFromTheFirstRowOn() {
    WindowForest forest = new WindowForest(FEATURES, 3, 1);
    double[] shares = new double[3];
    double[] fading = new double[3];
    for (int i = 0; i < 300; i++) {
      float[] row = row();
      forest.score(row, 0, shares, fading);
      assertThat(Arrays.stream(shares).sum()).isCloseTo(1, within(1e-9));
      assertThat(Arrays.stream(fading).sum()).isCloseTo(1, within(1e-9));
      assertThat(Arrays.stream(shares).min().orElseThrow()).isPositive();
      forest.learn(row, 0, i < 200 ? i % 2 : 2); // the last comes late
    }
    forest.score(row(), 0, shares, fading);
    assertThat(shares[2]).as("the late class's").isGreaterThan(0.1);
  }

  @Test
  void goesOnFromItsStateBitForBit() {
    WindowForest forest = new WindowForest(FEATURES, 2, 1);
    learn(forest, 700);
    WindowForest other = new WindowForest(FEATURES, 2, 1);
    other.restore(forest.state());
    for (int i = 0; i < 500; i++) {
      float[] row = row();
      forest.learn(row, 0, crossed(row));
      other.learn(row, 0, crossed(row));
    }
    assertThat(other.state()).usingRecursiveComparison().isEqualTo(forest.state());
    float[] row = row();
    double[] others = new double[2];
    forest.score(row, 0, slow, quick);
    other.score(row, 0, others, quick);
    assertThat(others).isEqualTo(slow);
  }

  @Test
  void whatItDrawsIsByItsSeed() {
    WindowForest forest = new WindowForest(FEATURES, 2, 1);
    WindowForest other = new WindowForest(FEATURES, 2, 2);
    for (int i = 0; i < 400; i++) {
      float[] row = row();
      forest.learn(row, 0, crossed(row));
      other.learn(row, 0, crossed(row));
    }
    assertThat(other.state()).usingRecursiveComparison().isNotEqualTo(forest.state());
  }

  @Test
  void buildsNoMoreThanEachRowGrants() {
    WindowForest forest = new WindowForest(200, 2, 1);
    int rows = 600;
    long granted = 0;
    long before = 0;
    for (int i = 0; i < rows; i++) {
      float[] row = new float[200];
      for (int f = 0; f < row.length; f++) {
        row[f] = random.nextFloat();
      }
      granted += WindowForest.WORK;
      long last = number(forest, "forest.work");
      forest.learn(row, 0, random.nextInt(2));
      if (number(forest, "forest.built") > before) {
        before++;
        assertThat(last).as("work of the tree before").isLessThanOrEqualTo(granted);
        granted = 0;
      }
    }
    assertThat(before).isGreaterThan(3);
  }

  @Test
  void aTreeThatLeadsNowhereIsRefused() {
    WindowForest forest = new WindowForest(FEATURES, 2, 1);
    learn(forest, 100);
    SortedMap<String, Tensor> state = forest.state();
    Tensor.I64 links = (Tensor.I64) Objects.requireNonNull(state.get("forest.links"));
    long[] changed = links.values().clone();
    changed[1] = 1_000_000;
    state.put("forest.links", new Tensor.I64(changed, links.shape()));

    assertThatThrownBy(() -> new WindowForest(FEATURES, 2, 1).restore(state))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("tensor 'forest.links' has a tree, number 0, with a node");
  }

  private static long number(WindowForest forest, String name) {
    return ((Tensor.I64) Objects.requireNonNull(forest.state().get(name))).values()[0];
  }

  private void learn(WindowForest forest, int rows) {
    for (int i = 0; i < rows; i++) {
      float[] row = row();
      forest.learn(row, 0, crossed(row));
    }
  }

  private float[] row() {
    float[] row = new float[FEATURES];
    for (int f = 0; f < FEATURES; f++) {
      row[f] = (float) random.nextGaussian();
    }
    return row;
  }

  private static int crossed(float[] row) {
    return row[0] > 0 == row[1] > 0 ? 1 : 0;
  }
}
