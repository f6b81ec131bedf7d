package dev.counterweight.letters;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ByteRateTest {
  private static final long HOUR_MS = 3_600_000;

  @Test
  void whatIsSavedUpIsThatOfTenSeconds() {
    ByteRate rate = new ByteRate(100);
    assertThat(rate.take(1_000, HOUR_MS)).isTrue();
    assertThat(rate.take(1, HOUR_MS)).isFalse();
    assertThat(rate.take(1, HOUR_MS + 1_000)).isTrue();
  }

  @Test
  void aClockThatIsSetBackHoldsNothingUp() {
    ByteRate rate = new ByteRate(100);
    assertThat(rate.take(1, 10 * HOUR_MS)).isTrue();
    assertThat(rate.take(1, 9 * HOUR_MS)).isTrue();
    assertThat(rate.take(1, 9 * HOUR_MS + 1)).isTrue();
  }
}
