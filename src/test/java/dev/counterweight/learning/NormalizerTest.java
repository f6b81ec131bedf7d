package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.SafeTensors;
import java.nio.FloatBuffer;
import java.util.Arrays;
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
