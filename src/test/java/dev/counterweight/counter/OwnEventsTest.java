package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OwnEventsTest {
  private final OwnEvents own = new OwnEvents();

  @Test
  void whatOthersCountedIsLeftOut() {
    own.begin(0, 0, 1_000);
    own.begin(1, 0, 50);
    own.add(0, 5);
    own.add(1, 3);
    assertThat(own.total()).isEqualTo(8);

    // Partition 0 went, and comes back after others counted 100 of it.
    own.begin(0, 0, 1_105);
    own.add(0, 1);

    assertThat(own.total()).isEqualTo(9);
  }

  @Test
  void whatWasAbortedIsTakenBackWhenThePartitionComesBack() {
    own.begin(0, 0, 1_000);
    own.add(0, 5);

    own.begin(0, 0, 1_002);
    own.add(0, 3);

    assertThat(own.total()).isEqualTo(5);
  }

  @Test
  void aStoreThatLostWhatItHadTakesBackNoMoreThanWasCounted() {
    own.begin(0, 0, 1_000);
    own.add(0, 5);

    own.begin(0, 0, 0);

    assertThat(own.total()).isZero();
  }

  @Test
  void aPartitionGoesOnWhereItWasWhenItLastCame() {
    assertThat(own.from(0)).isZero();
    own.begin(0, 7, 3);
    own.add(0, 5);
    assertThat(own.from(0)).isEqualTo(7);

    own.begin(0, 15, 8);

    assertThat(own.from(0)).isEqualTo(15);
  }
}
