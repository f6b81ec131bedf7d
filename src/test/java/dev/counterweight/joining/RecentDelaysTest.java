package dev.counterweight.joining;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RecentDelaysTest {
  private final RecentDelays recent = new RecentDelays();

  @Test
  void nothingIsKnownBeforeTheFirst() {
    assertThat(recent.medianMs()).isEmpty();
    assertThat(recent.neverShare()).isNaN();
    recent.never();
    assertThat(recent.medianMs()).isEmpty();
    assertThat(recent.neverShare()).isEqualTo(1);
  }

  @Test
  void theMedianIsThatOfLabelsAndTheShareThatOfEvents() {
    for (long waited : new long[] {5, -3, 1_000, 7}) {
      recent.labelled(waited);
    }
    recent.never();

    assertThat(recent.medianMs()).hasValue(5);
    assertThat(recent.neverShare()).isEqualTo(0.2);
  }

  @Test
  void theNewestAloneCount() {
    for (int i = 0; i < RecentDelays.KEPT; i++) {
      recent.never();
    }
    for (int i = 0; i < RecentDelays.KEPT; i++) {
      recent.labelled(9);
    }
    assertThat(recent.neverShare()).isZero();
    assertThat(recent.medianMs()).hasValue(9);
  }
}
