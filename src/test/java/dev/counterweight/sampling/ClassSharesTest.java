package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ClassSharesTest {
  private final ClassShares shares = new ClassShares(2);

  @Test
  void sharesAreUnknownBeforeTheFirstRow() {
    shares.add(new long[0]);

    assertThat(shares.share(0)).isNaN();
  }

  @Test
  void sharesSumToOne() {
    shares.add(new long[] {0, 0, 0, 1});

    assertThat(shares.share(0)).isEqualTo(0.75);
    assertThat(shares.share(1)).isEqualTo(0.25);
  }

  @Test
  void aRecordCountsHalfAfterSixtyFourMore() {
    shares.add(new long[] {1});
    for (int i = 0; i < 64; i++) {
      shares.add(new long[0]);
    }
    shares.add(new long[] {0});

    assertThat(shares.share(1) / shares.share(0)).isCloseTo(Math.pow(0.5, 65 / 64.0), within(1e-9));
  }
}
