package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.protocol.InvariantException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class FadingSharesTest {
  private static final double[] RATES = {1, 0.2, 0.03};

  @Property(tries = 200)
  void theyAreWhatFadingEveryClassAtEveryLabelGives(
      @ForAll @Size(max = 300) List<@IntRange(max = 4) Integer> labels,
      @ForAll @IntRange(min = 1, max = 50) int cutEvery) {
    FadingShares lazy = new FadingShares(5);
    double[] eager = new double[15];
    java.util.Arrays.fill(eager, 0.2);
    float[] now = new float[15];
    for (int i = 0; i < labels.size(); i++) {
      lazy.saw(labels.get(i));
      for (int at = 0; at < eager.length; at++) {
        eager[at] += RATES[at / 5] * ((at % 5 == labels.get(i) ? 1 : 0) - eager[at]);
      }
      if (i % cutEvery == 0) {
        lazy.cut();
      }
      lazy.read(now, 0);
      for (int at = 0; at < eager.length; at++) {
        assertThat((double) now[at]).isCloseTo(eager[at], within(1e-6));
      }
    }
  }

  @Property(tries = 100)
  void whoeverGoesOnFromACutHasTheSameBits(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(max = 2) Integer> before,
      @ForAll @Size(max = 60) List<@IntRange(max = 2) Integer> after) {
    FadingShares held = new FadingShares(3);
    before.forEach(held::saw);
    FadingShares resumed = new FadingShares(3, held.cut());

    after.forEach(held::saw);
    after.forEach(resumed::saw);

    assertThat(resumed.cut()).isEqualTo(held.cut());
  }

  @Test
  void aClassThatStaysAwayFadesToNothing() {
    FadingShares shares = new FadingShares(2);
    shares.saw(1);
    for (int i = 0; i < 20_000; i++) {
      shares.saw(0);
    }

    float[] now = shares.cut();
    for (int fade = 0; fade < 3; fade++) {
      assertThat(now[2 * fade]).isCloseTo(1, within(1e-5f));
      assertThat(now[2 * fade + 1]).isZero();
    }
  }

  @Test
  void sharesOfAnotherNumberOfClassesAreNoneToGoOnFrom() {
    assertThatThrownBy(() -> new FadingShares(3, new float[6]))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining("9");
  }
}
