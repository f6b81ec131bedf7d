package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.sampling.HashRandom.Purpose;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class HashRandomTest {
  private static final int MANY = 200_000;

  @Property(tries = 200)
  void sameQuestionGetsSameAnswerInAnyInstance(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 9999) int partition,
      @ForAll long offset) {
    for (Purpose purpose : Purpose.values()) {
      double first = new HashRandom(seed).uniform(purpose, partition, offset, 3);
      assertThat(first).isGreaterThanOrEqualTo(0).isLessThan(1);
      assertThat(new HashRandom(seed).uniform(purpose, partition, offset, 3)).isEqualTo(first);
    }
  }

  @Property(tries = 20)
  void happensAsOftenAsAskedWhenOffsetsStepByTwo(
      @ForAll long seed,
      @ForAll @IntRange(min = 0, max = 50) int partition,
      @ForAll @DoubleRange(min = 0, max = 1) double probability) {
    HashRandom chance = new HashRandom(seed);
    int happened = 0;
    for (long i = 0; i < MANY; i++) {
      happened += chance.happens(Purpose.DRAW, partition, 2 * i, probability) ? 1 : 0;
    }
    double deviation = Math.sqrt(probability * (1 - probability) / MANY);
    assertThat(happened / (double) MANY).isCloseTo(probability, within(6 * deviation + 1e-9));
  }

  @Test
  void purposesPartitionsAndSeedsAreIndependent() {
    HashRandom chance = new HashRandom(1);
    HashRandom other = new HashRandom(2);
    double byPurpose = 0;
    double byPartition = 0;
    double bySeed = 0;
    double byIndex = 0;
    for (long offset = 0; offset < MANY; offset++) {
      double x = chance.uniform(Purpose.DRAW, 0, offset, 0) - 0.5;
      byPurpose += x * (chance.uniform(Purpose.EVALUATION, 0, offset, 0) - 0.5);
      byPartition += x * (chance.uniform(Purpose.DRAW, 1, offset, 0) - 0.5);
      bySeed += x * (other.uniform(Purpose.DRAW, 0, offset, 0) - 0.5);
      byIndex += x * (chance.uniform(Purpose.DRAW, 0, offset, 1) - 0.5);
    }
    // The product of two independent uniforms about zero has a deviation of 1/12.
    double bound = 6 / 12.0 / Math.sqrt(MANY);
    assertThat(byPurpose / MANY).isCloseTo(0, within(bound));
    assertThat(byPartition / MANY).isCloseTo(0, within(bound));
    assertThat(bySeed / MANY).isCloseTo(0, within(bound));
    assertThat(byIndex / MANY).isCloseTo(0, within(bound));
  }

  @Test
  void certainAndImpossibleAreThat() {
    HashRandom chance = new HashRandom(5);
    for (long offset = 0; offset < 10_000; offset++) {
      assertThat(chance.happens(Purpose.DRAW, 0, offset, 0)).isFalse();
      assertThat(chance.happens(Purpose.DRAW, 0, offset, 1)).isTrue();
    }
  }

  @Test
  void picksEveryPlaceEquallyOften() {
    HashRandom chance = new HashRandom(9);
    int[] picked = new int[7];
    for (long offset = 0; offset < 70_000; offset++) {
      picked[chance.pick(Purpose.REPLAY, 2, offset, 0, 7)]++;
    }
    for (int count : picked) {
      assertThat(count).isBetween(9_500, 10_500);
    }
  }
}
