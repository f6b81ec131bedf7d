package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.event.FeatureSchema;
import dev.counterweight.tensor.SafeTensors;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NormalizerTest {
  private static final int ROWS = 20_000;

  private final Normalizer normalizer = new Normalizer(Numbers.of(1), 0, 0);

  @ParameterizedTest
  @ValueSource(floats = {3e38f, -3e38f, 1e17f, 1e9f})
  void oneValueFarOutDoesNotBlindTheColumn(float outlier) {
    feed(normal(ROWS / 2));
    feed(outlier);
    feed(normal(ROWS / 2));

    assertThat(normalised(15) - normalised(5)).as("two standard deviations").isBetween(0.2f, 2.1f);
    assertThat(normalised(outlier)).isEqualTo(Math.copySign(10f, outlier));
  }

  @ParameterizedTest
  @ValueSource(floats = {3e38f, -3e38f})
  void norDoesOneThatComesFirst(float outlier) {
    feed(outlier);
    feed(normal(ROWS));

    assertThat(normalised(15) - normalised(5)).isCloseTo(2, within(0.1f));
  }

  /** A number that may be missing, whether it is, a category, and a number that is always there. */
  private static final FeatureSchema LAYOUT =
      FeatureSchema.of(
          List.of("x", "c", "y"),
          List.of("number(missing=mean)", "category(buckets=9,width=2,seed=1)", "number"));

  @Test
  void missingValuesAreNoPartOfTheStatisticsAndTheMeanWhenStandardised() {
    Normalizer normalizer = new Normalizer(LAYOUT, 4, 1);
    Normalizer present = new Normalizer(Numbers.of(1), 4, 1);
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 200; i++) {
      float x = (float) random.nextGaussian() * 3 + 7;
      boolean missing = i % 3 == 0;
      float weight = 1 + i % 2;
      float[] row = {missing ? Float.NaN : x, missing ? 1 : 0, i % 9, i};
      normalizer.update(row, new float[] {weight}, 1);
      if (!missing) {
        present.update(new float[] {x}, new float[] {weight}, 1);
      }
    }

    var all = new SafeTensors(normalizer.parameters());
    var one = new SafeTensors(present.parameters());
    for (String name : List.of("normalizer.mean", "normalizer.std")) {
      assertThat(all.floats(name)).hasSize(3);
      assertThat(all.floats(name)[0]).as(name).isEqualTo(one.floats(name)[0]);
    }
    assertThat(all.floats("normalizer.quantiles")).hasSize(15).doesNotContain(Float.NaN);
    FloatBuffer target = FloatBuffer.allocate(6);
    normalizer.apply(new float[] {Float.NaN, 1, 8, 100}, 0, 1, target, 6);
    assertThat(target.get(0)).isZero();
    assertThat(target.get(1)).isPositive();
    assertThat(target.get(3)).as("copy by rank").isZero();
    assertThat(target.get(5)).as("copy by rank of y").isNotZero();
  }

  @Test
  void withMissingValuesItGoesOnFromItsStateExactly() {
    Normalizer straight = new Normalizer(LAYOUT, 4, 1);
    Normalizer first = new Normalizer(LAYOUT, 4, 1);
    Normalizer second = new Normalizer(LAYOUT, 4, 1);
    for (int i = 0; i < 300; i++) {
      float[] row = {i % 4 == 0 ? Float.NaN : i * 0.3f, i % 4 == 0 ? 1 : 0, 1, -i};
      straight.update(row, new float[] {1}, 1);
      (i < 150 ? first : second).update(row, new float[] {1}, 1);
      if (i == 149) {
        second.restore(first.state());
      }
    }

    assertThat(new SafeTensors(second.state()).toBytes())
        .isEqualTo(new SafeTensors(straight.state()).toBytes());
  }

  @Test
  void theNormalizerFollowsTheWeightedStream() {
    Normalizer normalizer = new Normalizer(Numbers.of(2), 0, 0);
    normalizer.update(new float[] {1, 5, 4, 5}, new float[] {3, 1}, 2);
    normalizer.update(new float[] {2, 5}, new float[] {4}, 1);

    var parameters = new SafeTensors(normalizer.parameters());
    double mean = (3 * 1 + 4 + 4 * 2) / 8.0;
    double variance =
        (3 * (1 - mean) * (1 - mean) + (4 - mean) * (4 - mean) + 4 * (2 - mean) * (2 - mean)) / 8;
    assertThat(parameters.floats("normalizer.mean")[0]).isCloseTo((float) mean, within(1e-6f));
    assertThat(parameters.floats("normalizer.std")[0])
        .isCloseTo((float) Math.sqrt(variance), within(1e-6f));
    assertThat(parameters.floats("normalizer.std")[1]).isEqualTo(1);
  }

  @Test
  void aStdIsAboveZeroInFloat32HoweverLittleAColumnVaries() {
    Normalizer normalizer = new Normalizer(Numbers.of(1), 0, 0);
    normalizer.update(
        new float[] {Float.MIN_VALUE, -Float.MIN_VALUE, 0}, new float[] {1, 1, 1e6f}, 3);

    var parameters = new SafeTensors(normalizer.parameters());
    assertThat(parameters.floats("normalizer.std")[0]).isPositive();
  }

  @Test
  void columnsInTinyUnitsAreStandardisedAndConstantOnesOnlyCentred() {
    Normalizer normalizer = new Normalizer(Numbers.of(2), 0, 0);
    normalizer.update(new float[] {1e-12f, 1e6f, 3e-12f, 1e6f}, new float[] {1, 1}, 2);

    var parameters = new SafeTensors(normalizer.parameters());
    assertThat(parameters.floats("normalizer.std")[0]).isCloseTo(1e-12f, within(1e-15f));
    assertThat(parameters.floats("normalizer.std")[1]).isEqualTo(1);
  }

  @Test
  void aColumnThatMovesFarAwayIsFollowed() {
    feed(normal(1000));
    float[] moved = normal(1000);
    for (int i = 0; i < moved.length; i++) {
      moved[i] *= 1e6f;
    }
    feed(moved);

    assertThat(normalised(1.5e7f) - normalised(5e6f)).isGreaterThan(0.5f);
  }

  private void feed(float... column) {
    float[] ones = new float[column.length];
    Arrays.fill(ones, 1);
    for (int i = 0; i < column.length; i++) {
      normalizer.update(new float[] {column[i]}, ones, 1);
    }
  }

  private float normalised(float value) {
    FloatBuffer target = FloatBuffer.allocate(1);
    normalizer.apply(new float[] {value}, 0, 1, target, 1);
    return target.get(0);
  }

  /** Of mean 10 and standard deviation 5. */
  private static float[] normal(int n) {
    SplittableRandom random = new SplittableRandom(n);
    float[] column = new float[n];
    for (int i = 0; i < n; i++) {
      column[i] = (float) (10 + 5 * random.nextGaussian());
    }
    return column;
  }
}
