package dev.counterweight.profile;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class DistinctTest {
  @Test
  void fewAreCountedExactly() {
    assertThat(of(5_000, 700).count()).isEqualTo(700);
    assertThat(of(5_000, 700).exact()).isTrue();
  }

  @Test
  void manyAreEstimatedWithinTenPercent() {
    for (int values : new int[] {2_000, 20_000, 200_000}) {
      assertThat(of(400_000, values).count()).isCloseTo(values, Percentage.withPercentage(10));
    }
  }

  @Test
  void whatIsStillToComeIsEstimatedFromWhatCameOnce() {
    Distinct partly = new Distinct();
    java.util.Random random = new java.util.Random(1);
    for (int i = 0; i < 500; i++) {
      partly.add("v" + random.nextInt(1_000));
    }

    assertThat(partly.count()).isLessThan(450);
    assertThat(partly.countWithUnseen()).isBetween(800L, 1_300L);
  }

  private static Distinct of(int events, int values) {
    Distinct distinct = new Distinct();
    for (int i = 0; i < events; i++) {
      distinct.add("value-" + i % values);
    }
    return distinct;
  }
}
