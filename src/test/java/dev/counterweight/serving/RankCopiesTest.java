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
  private static final int NUMBERS = 7;

  /** Bit for bit: a checkpoint is a function of the records, whatever finds the quantile. */
  @Property
  void aCopyStandsBehindTheLastQuantileThatIsNotAboveTheValue(
      @ForAll("columns") float[] quantiles, @ForAll("values") float value) {
    float copy = copy(quantiles, value);

    assertThat(Float.floatToIntBits(copy)).isEqualTo(Float.floatToIntBits(told(quantiles, value)));
  }

  /** Alone, and alike wherever it stands among numbers of other quantiles. */
  private static float copy(float[] quantiles, float value) {
    int each = quantiles.length;
    float[] alone = new float[1];
    new RankCopies(quantiles, each - 1).apply(new float[] {value}, 0, new int[] {0}, alone, 0);
    for (int place = 0; place < NUMBERS; place++) {
      float[] all = new float[NUMBERS * each];
      Arrays.fill(all, Float.MAX_VALUE);
      System.arraycopy(quantiles, 0, all, place * each, each);
      float[] row = {9, 1, -3, 1, 7, 1, -3, 1, 5};
      int[] columns = {0, 1, 2, 3, 5, 6, 7};
      row[1 + columns[place]] = value;
      float[] copies = new float[1 + NUMBERS];
      new RankCopies(all, each - 1).apply(row, 1, columns, copies, 1);
      assertThat(copies[1 + place]).isEqualTo(alone[0]);
    }
    return alone[0];
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
    assertThat(copy(new float[] {1, 2, 3}, Float.NaN)).isZero();
    assertThat(copy(new float[] {2, 2, 2}, 5)).isZero();
  }
}
