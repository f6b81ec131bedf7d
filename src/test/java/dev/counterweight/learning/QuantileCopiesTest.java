package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.tensor.SafeTensors;
import dev.counterweight.tensor.State;
import dev.counterweight.tensor.Tensor;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QuantileCopiesTest {
  private static final int INTERVALS = 64;

  @Test
  void aCopySaysWhereAValueStandsAmongTheRowsSeen() {
    QuantileCopies copies = copies(1, 1);
    copies.update(heavyTailed(1000), ones(1000), 1000);

    // The values are the exponentials of 1 to 1000 thousandths, so ranks are known.
    assertThat(copy(copies, (float) Math.exp(20 * 0.5005))).isCloseTo(0, within(0.01f));
    assertThat(copy(copies, (float) Math.exp(20 * 0.25))).isCloseTo(-0.85f, within(0.01f));
    assertThat(copy(copies, (float) Math.exp(20 * 0.9))).isCloseTo(1.36f, within(0.01f));
    assertThat(copy(copies, -5)).isEqualTo(-1.7f);
    assertThat(copy(copies, Float.MAX_VALUE)).isEqualTo(1.7f);
  }

  @Test
  void valuesAtBothLimitsOfFloat32HaveQuantilesThatAreFinite() {
    QuantileCopies copies = copies(1, 1);
    float[] rows = new float[20];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = i < 10 ? -3.4e38f + i : 3.4e38f - 1e37f * i;
    }
    copies.update(rows, ones(20), 20);

    assertThat(State.of(copies).unsound()).isEmpty();
    assertThat(copy(copies, -3.3e38f)).isBetween(-1.7f, 1.7f);
    assertThat(copy(copies, 0)).isBetween(-1f, 1f);
  }

  @Test
  void aColumnOfFewValuesHasNone() {
    QuantileCopies copies = copies(2, 1);
    float[] rows = new float[2 * 90];
    for (int i = 0; i < 90; i++) {
      rows[2 * i] = i % 8;
      rows[2 * i + 1] = i % 9;
    }
    copies.update(rows, ones(90), 90);

    assertThat(copies(copies, 7, 8)).containsExactly(0, 1.7f);
  }

  @Test
  void theSampleIsOfTheWeightedStream() {
    QuantileCopies copies = copies(1, 7);
    // Values above 0 come nine times as often as their weight says they should.
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 60_000; i++) {
      boolean upper = random.nextInt(10) > 0;
      double value = random.nextDouble() - (upper ? 0 : 1);
      copies.update(new float[] {(float) value}, new float[] {upper ? 1 : 9}, 1);
    }

    assertThat(copy(copies, 0)).isCloseTo(0, within(0.17f));
  }

  @Test
  void aRestoredSampleGoesOnAsIfThereHadBeenNoBreak() {
    QuantileCopies straight = copies(3, 5);
    QuantileCopies first = copies(3, 5);
    SplittableRandom random = new SplittableRandom(9);
    QuantileCopies second = copies(3, 5);
    for (int i = 0; i < 400; i++) {
      float[] rows = new float[3 * 10];
      for (int at = 0; at < rows.length; at++) {
        rows[at] = (float) random.nextGaussian();
      }
      straight.update(rows, ones(10), 10);
      (i < 150 ? first : second).update(rows, ones(10), 10);
      if (i == 149) {
        second.restore(first.state());
      }
    }

    assertThat(bytes(second.state())).isEqualTo(bytes(straight.state()));
  }

  @Test
  void itFollowsWhatComesLater() {
    QuantileCopies copies = copies(1, 1);
    copies.update(heavyTailed(100), ones(100), 100);
    float[] shifted = heavyTailed(1000);
    for (int i = 0; i < 1000; i++) {
      shifted[i] = -shifted[i];
    }
    copies.update(shifted, ones(1000), 1000);

    assertThat(copy(copies, 0)).isCloseTo((float) (1.7 * (2 * 10 / 11.0 - 1)), within(0.05f));
  }

  private static float copy(QuantileCopies copies, float value) {
    return copies(copies, value)[0];
  }

  private static float[] copies(QuantileCopies copies, float... row) {
    float[] made = new float[row.length];
    copies.served().apply(row, 0, IntStream.range(0, row.length).toArray(), made, 0);
    return made;
  }

  private static float[] heavyTailed(int n) {
    float[] rows = new float[n];
    for (int i = 0; i < n; i++) {
      rows[i] = (float) Math.exp(20 * (i + 1.0) / n);
    }
    return rows;
  }

  private static float[] ones(int n) {
    float[] ones = new float[n];
    Arrays.fill(ones, 1);
    return ones;
  }

  private static byte[] bytes(SortedMap<String, Tensor> tensors) {
    return new SafeTensors(tensors).toBytes();
  }

  private static QuantileCopies copies(int columns, long seed) {
    return new QuantileCopies(columns, IntStream.range(0, columns).toArray(), INTERVALS, seed);
  }
}
