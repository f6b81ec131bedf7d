package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RankCopiesTest {
  private static final float REACH = (float) RankCopies.REACH;

  /** Bit for bit: a checkpoint is a function of the records, whatever finds the quantile. */
  @Property
  void aCopyStandsBehindTheLastQuantileThatIsNotAboveTheValue(
      @ForAll("columns") float[] quantiles, @ForAll("values") float value) {
    float copy = new RankCopies(quantiles, quantiles.length - 1).of(0, value);

    assertThat(Float.floatToIntBits(copy)).isEqualTo(Float.floatToIntBits(told(quantiles, value)));
  }

  /** As it is written down, one quantile after the other. */
  private static float told(float[] quantiles, float value) {
    int intervals = quantiles.length - 1;
    int low = -1;
    for (int q = 0; q <= intervals; q++) {
      low = quantiles[q] <= value ? q : low;
    }
    if (quantiles[0] == quantiles[intervals]) {
      return 0;
    }
    if (low < 0 || low == intervals) {
      return low < 0 ? -REACH : REACH;
    }
    double start = quantiles[low];
    double share = (value - start) / (quantiles[low + 1] - start);
    return (float) (RankCopies.REACH * (2 * (low + share) / intervals - 1));
  }

  @Provide
  Arbitrary<float[]> columns() {
    return finite().list().ofMinSize(2).ofMaxSize(70).map(RankCopiesTest::sorted);
  }

  private static float[] sorted(List<Float> column) {
    float[] sorted = new float[column.size()];
    for (int q = 0; q < sorted.length; q++) {
      sorted[q] = column.get(q);
    }
    Arrays.sort(sorted);
    return sorted;
  }

  @Provide
  Arbitrary<Float> values() {
    return Arbitraries.oneOf(
        finite(), finite(), Arbitraries.of(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY));
  }

  /** Many that are alike, or next to each other. */
  private static Arbitrary<Float> finite() {
    return Arbitraries.oneOf(
        Arbitraries.floats(),
        Arbitraries.of(
            0f,
            -0f,
            1f,
            -1f,
            0.5f,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            Float.MAX_VALUE,
            -Float.MAX_VALUE));
  }

  @Test
  void aMissingValueAndAColumnThatDoesNotVaryAreInTheMiddle() {
    assertThat(new RankCopies(new float[] {1, 2, 3}, 2).of(0, Float.NaN)).isZero();
    assertThat(new RankCopies(new float[] {2, 2, 2}, 2).of(0, 5)).isZero();
  }
}
