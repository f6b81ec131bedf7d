package dev.counterweight.serving;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ActivationTest {

  /** By mpmath, to 20 digits. */
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "0.001, 0.0011283787909692363",
    "0.5, 0.52049987781304653768",
    "1, 0.84270079294971486934",
    "2, 0.99532226501895273416",
    "3, 0.99997790950300141456",
    "5.99, 1",
    "6, 1",
    "40, 1"
  })
  void theErrorFunctionIsExactToTwelveDigits(double x, double value) {
    assertThat(ErrorFunction.of(x)).isCloseTo(value, within(1e-12));
    assertThat(ErrorFunction.of(-x)).isEqualTo(-ErrorFunction.of(x));
  }

  /** Its derivative is known in closed form: between the points as well as on them. */
  @Test
  void theErrorFunctionIsTheIntegralOfItsSlope() {
    double step = 1e-3;
    for (double x = 0; x < 6; x += step) {
      double simpson =
          (ErrorFunction.slope(x)
                  + 4 * ErrorFunction.slope(x + step / 2)
                  + ErrorFunction.slope(x + step))
              * step
              / 6;
      assertThat(ErrorFunction.of(x + step) - ErrorFunction.of(x))
          .as("from %s", x)
          .isCloseTo(simpson, within(3e-12));
    }
  }

  @ParameterizedTest
  @EnumSource(Activation.class)
  void slopesAreThoseOfFiniteDifferences(Activation activation) {
    for (float s = -8.03f; s < 8; s += 0.1f) {
      float up = s + 1e-2f;
      float down = s - 1e-2f;
      double slope = ((double) activation.of(up) - activation.of(down)) / ((double) up - down);
      assertThat(activation.slope(s)).as("at %s", s).isCloseTo(slope, within(1e-4));
    }
  }

  @Test
  void farOutTheyAreNumbersStill() {
    for (Activation activation : Activation.values()) {
      for (float s : new float[] {-Float.MAX_VALUE, -1e4f, -200, 200, 1e4f, Float.MAX_VALUE}) {
        assertThat(activation.of(s)).as("%s of %s", activation, s).isFinite();
        assertThat(activation.slope(s)).as("%s at %s", activation, s).isFinite();
      }
      assertThat(activation.of(Float.NaN)).as("%s of NaN", activation).isNaN();
    }
    assertThat(Activation.TANH.of(0)).isZero();
    assertThat(Activation.TANH.of(9.9e-5f)).isCloseTo((float) Math.tanh(9.9e-5f), within(1e-12f));
    assertThat(Activation.TANH.of(1.01e-4f)).isCloseTo((float) Math.tanh(1.01e-4f), within(1e-11f));
    assertThat(Activation.GELU.of(-5)).isCloseTo(-1.433257e-6f, within(1e-11f));
  }
}
