package dev.counterweight.streams;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RestartsTest {
  private long nowNs;
  private final Restarts restarts = new Restarts(() -> nowNs);

  @Test
  void aDefectEndsHoweverFarAnotherCounterGets() {
    for (int i = 0; i < Restarts.MOST; i++) {
      assertThat(restarts.again(100)).isTrue();
      restarts.committed(40); // another's snapshot, while this one counts the same events again
      restarts.committed(100);
    }

    assertThat(restarts.again(100)).isFalse();
  }

  @Test
  void anInstanceThatGetsFurtherIsStartedAnewAgainAndAgain() {
    for (int i = 0; i < 10 * Restarts.MOST; i++) {
      assertThat(restarts.again(100 * i)).isTrue();
      restarts.committed(100 * i + 1);
    }
  }

  @Test
  void failuresFarApartDoNotAddUp() {
    for (int i = 0; i < 10 * Restarts.MOST; i++) {
      assertThat(restarts.again(100)).isTrue();
      nowNs += Restarts.FORGOTTEN_AFTER.toNanos() + 1;
    }
  }
}
