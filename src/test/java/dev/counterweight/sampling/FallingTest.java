package dev.counterweight.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;

class FallingTest {

  @Test
  void fallsInProportionOrByTheRootBetweenItsNumbers() {
    Falling uses = new Falling(64, 8, 500, false);
    assertThat(uses.at(0)).isEqualTo(64);
    assertThat(uses.at(500)).isEqualTo(64);
    assertThat(uses.at(1_000)).isEqualTo(32);
    assertThat(uses.at(4_000)).isEqualTo(8);
    assertThat(uses.at(1e12)).isEqualTo(8);

    Falling draws = new Falling(4, 1, 40_000, true);
    assertThat(draws.at(40_000)).isEqualTo(4);
    assertThat(draws.at(160_000)).isEqualTo(2);
    assertThat(draws.at(640_000)).isEqualTo(1);
    assertThat(draws.at(1e9)).isEqualTo(1);
  }

  @Property(tries = 300)
  void neverRisesWithTheEventsAndStaysBetweenItsNumbers(
      @ForAll @DoubleRange(min = 0, max = 1e7) double events,
      @ForAll @DoubleRange(min = 0, max = 1e7) double more,
      @ForAll @DoubleRange(min = 0.5, max = 64) double last,
      @ForAll @DoubleRange(min = 0, max = 64) double above,
      @ForAll boolean byRoot) {
    Falling uses = new Falling(last + above, last, 700, byRoot);

    assertThat(uses.at(events)).isBetween(last, last + above);
    assertThat(uses.at(events + more)).isLessThanOrEqualTo(uses.at(events));
    // Without a jump where it begins to fall.
    assertThat(uses.at(700.0001)).isCloseTo(last + above, within(1e-4 * (last + above)));
  }

  @Test
  void aConstantIsTheSameHoweverManyEventsWereSeen() {
    assertThat(Falling.constant(3).at(0)).isEqualTo(3);
    assertThat(Falling.constant(3).at(1e9)).isEqualTo(3);
    assertThat(Falling.constant(Double.POSITIVE_INFINITY).at(1e9)).isInfinite();
    assertThat(Falling.constant(0).at(1e9)).isZero();
  }

  @Test
  void whatWouldRiseIsRefused() {
    assertThatThrownBy(() -> new Falling(8, 64, 500, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("from 8.0 to 64.0");
  }
}
