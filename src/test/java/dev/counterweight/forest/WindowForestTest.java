package dev.counterweight.forest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.MalformedTensorsException;
import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class WindowForestTest {
  private static final int FEATURES = 4;
  private static final int TREES = 20;

  private final Random random = new Random(5);
  private final double[] views = new double[4];

  @Test
  void whatNoFeatureTellsByItselfIsLearnt() {
    WindowForest forest = new WindowForest(FEATURES, 2, TREES, 1);
    for (int i = 0; i < 4_000; i++) {
      float[] row = row();
      forest.learn(row, 0, crossed(row));
    }
    int right = 0;
    for (int i = 0; i < 1_000; i++) {
      float[] row = row();
      forest.score(row, 0, views, 0);
      right += (views[1] > views[0] ? 1 : 0) == crossed(row) ? 1 : 0;
    }
    assertThat(right).isGreaterThan(930);
  }

  @Test
  void aClassOfOneRowInTwoHundredIsFound() {
    WindowForest forest = new WindowForest(FEATURES, 2, TREES, 1);
    int rare = 0;
    int found = 0;
    for (int i = 0; i < 20_000; i++) {
      float[] row = row();
      int label = random.nextInt(200) == 0 ? 1 : 0;
      row[2] += 3 * label;
      if (label == 1 && i > 5_000) {
        forest.score(row, 0, views, 0);
        rare++;
        found += views[1] > 0.5 ? 1 : 0;
      }
      forest.learn(row, 0, label);
    }
    assertThat((double) found / rare).isGreaterThan(0.7);
  }

  @Test
  void quickFollowsRunsOfLabelsThatNoFeatureTells() {
    WindowForest forest = new WindowForest(FEATURES, 2, TREES, 1);
    int right = 0;
    int rows = 6_000;
    for (int i = 0; i < rows; i++) {
      float[] row = row();
      int label = i / 500 % 2;
      forest.score(row, 0, views, 0);
      right += (views[3] > views[2] ? 1 : 0) == label ? 1 : 0;
      forest.learn(row, 0, label);
    }
    assertThat((double) right / rows).isGreaterThan(0.6);
  }

  @Test
  void sharesAreOfAllClassesAndSumToOneFromTheFirstRowOn() {
    WindowForest forest = new WindowForest(FEATURES, 3, TREES, 1);
    double[] shares = new double[6];
    for (int i = 0; i < 300; i++) {
      float[] row = row();
      forest.score(row, 0, shares, 0);
      assertThat(Arrays.stream(shares, 0, 3).sum()).isCloseTo(1, within(1e-9));
      assertThat(Arrays.stream(shares, 3, 6).sum()).isCloseTo(1, within(1e-9));
      assertThat(Arrays.stream(shares, 0, 3).min().orElseThrow()).isPositive();
      forest.learn(row, 0, i < 200 ? i % 2 : 2); // the last comes late
    }
    forest.score(row(), 0, shares, 0);
    assertThat(shares[2]).as("the late class's").isGreaterThan(0.1);
  }

  @Test
  void aMissingValueIsToldFromEveryOther() {
    WindowForest forest = new WindowForest(FEATURES, 2, TREES, 1);
    int right = 0;
    for (int i = 0; i < 2_000; i++) {
      float[] row = row();
      int label = random.nextInt(2);
      row[3] = label == 1 ? Float.NaN : row[3];
      forest.score(row, 0, views, 0);
      right += i >= 1_000 && (views[1] > views[0] ? 1 : 0) == label ? 1 : 0;
      forest.learn(row, 0, label);
    }
    assertThat(right).isGreaterThan(990);
  }

  @Test
  void goesOnFromItsStateBitForBit() {
    WindowForest forest = new WindowForest(FEATURES, 2, TREES, 1);
    learn(forest, 700);
    WindowForest other = new WindowForest(FEATURES, 2, TREES, 1);
    all(other).check(all(forest).save()).run();
    for (int i = 0; i < 500; i++) {
      float[] row = row();
      forest.learn(row, 0, crossed(row));
      other.learn(row, 0, crossed(row));
    }
    assertThat(all(other).save()).usingRecursiveComparison().isEqualTo(all(forest).save());
    float[] row = row();
    double[] others = new double[4];
    forest.score(row, 0, views, 0);
    other.score(row, 0, others, 0);
    assertThat(others).isEqualTo(views);
  }

  @Test
  void whatIsSavedOfItForScoringScoresTheSame() {
    WindowForest forest = new WindowForest(FEATURES, 2, TREES, 1);
    learn(forest, 900);
    Forest.Scorer saved =
        Forest.of(new SafeTensors(forest.grown().state()), FEATURES, 2, TREES).scorer();
    double[] others = new double[4];
    for (int i = 0; i < 100; i++) {
      float[] row = row();
      forest.score(row, 0, views, 0);
      saved.score(row, 0, others, 0);
      assertThat(others).isEqualTo(views);
    }
  }

  @Test
  void whatItDrawsIsByItsSeed() {
    WindowForest forest = new WindowForest(FEATURES, 2, TREES, 1);
    WindowForest other = new WindowForest(FEATURES, 2, TREES, 2);
    for (int i = 0; i < 400; i++) {
      float[] row = row();
      forest.learn(row, 0, crossed(row));
      other.learn(row, 0, crossed(row));
    }
    assertThat(all(other).save()).usingRecursiveComparison().isNotEqualTo(all(forest).save());
  }

  @Test
  void buildsNoMoreThanEachRowGrants() {
    WindowForest forest = new WindowForest(200, 2, TREES, 1);
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
  void buildsLessOnceManyRowsWereLearnt() {
    WindowForest forest = new WindowForest(20, 2, TREES, 1);
    List<Long> builtAt = new ArrayList<>();
    long built = 0;
    for (int i = 0; i < 170_000; i++) {
      float[] row = new float[20];
      for (int f = 0; f < row.length; f++) {
        row[f] = random.nextFloat();
      }
      forest.learn(row, 0, random.nextInt(2));
      if (i % 10_000 == 9_999) {
        builtAt.add(number(forest, "forest.built") - built);
        built = number(forest, "forest.built");
      }
    }
    assertThat((double) builtAt.get(16) / builtAt.get(2))
        .as("of trees from 160,000 rows on and from 20,000 on: %s", builtAt)
        .isBetween(0.4, 0.6);
  }

  @Test
  void aTreeThatLeadsNowhereIsRefused() {
    WindowForest forest = new WindowForest(FEATURES, 2, TREES, 1);
    learn(forest, 100);
    SortedMap<String, Tensor> state = forest.grown().state();
    Tensor.I32 rights = (Tensor.I32) Objects.requireNonNull(state.get("forest.rights"));
    int[] changed = rights.values().clone();
    changed[0] = 1_000_000;
    state.put("forest.rights", new Tensor.I32(changed, rights.shape()));

    assertThatThrownBy(() -> Forest.of(new SafeTensors(state), FEATURES, 2, TREES))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining(
            "tensor 'forest.rights' has a tree, number 0, of which a node leads nowhere");
  }

  @Test
  void rowsThatAreNotThoseCountedAreRefused() {
    WindowForest forest = new WindowForest(FEATURES, 2, TREES, 1);
    learn(forest, 100);
    SortedMap<String, Tensor> state = all(forest).save();
    state.put("forest.held", new Tensor.I64(new long[] {60, 41}, 2));

    assertThatThrownBy(() -> all(new WindowForest(FEATURES, 2, TREES, 1)).check(state))
        .isInstanceOf(MalformedTensorsException.class)
        .hasMessageContaining("tensor 'forest.rows'");
  }

  private static State all(WindowForest forest) {
    return State.of(forest.grown(), forest);
  }

  private static long number(WindowForest forest, String name) {
    return ((Tensor.I64) Objects.requireNonNull(all(forest).save().get(name))).values()[0];
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
