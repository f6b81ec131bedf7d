package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class PublishingPaceTest {

  @Test
  void snapshotsComeFurtherAndFurtherApartUpToTheLimit() {
    PublishingPace pace = new PublishingPace(18);

    assertThat(pace.next(0)).isEqualTo(16);
    assertThat(pace.next(15)).isEqualTo(16);
    assertThat(pace.next(16)).as("16 x 1.1, whole").isEqualTo(16 + 17);
    assertThat(pace.next(33)).as("the limit").isEqualTo(33 + 18);
    assertThat(pace.next(51)).isEqualTo(51 + 18);
  }

  @Test
  void aLimitBelowTheFirstStepIsTheStep() {
    assertThat(new PublishingPace(1).next(41)).isEqualTo(42);
    assertThat(new PublishingPace(16).next(16)).isEqualTo(32);
  }

  @Property
  void isTheFirstOfTheSumsThatLiesBeyond(
      @ForAll @LongRange(min = 1, max = 100_000) long limit,
      @ForAll @LongRange(max = 2_000_000) long events) {
    long due = 0;
    for (int k = 0; due <= events; k++) {
      due += (long) Math.min(limit, 16 * StrictMath.pow(1.1, k));
    }

    assertThat(new PublishingPace(limit).next(events)).isEqualTo(due);
  }

  @Property
  void neverEndsUpBehindHoweverFarTheLimit(@ForAll @LongRange(min = 1) long limit) {
    assertThat(new PublishingPace(limit).next(1_000_000_000_000L))
        .isGreaterThan(1_000_000_000_000L);
  }
}
