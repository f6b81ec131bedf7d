package dev.counterweight.speed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrendTest {
  private static final int LOOKS = 90;

  @Test
  void aLineIsItsSlope() {
    Trend trend = trend(i -> 100 + 3 * i / 60.0);
    assertThat(trend.perHour()).isCloseTo(3, within(1e-9));
    assertThat(trend.halfWidth()).isCloseTo(0, within(1e-9));
    assertThat(trend.flat()).isFalse();
  }

  @Test
  void whatGrowsByNextToNothingIsFlat() {
    assertThat(trend(i -> 100 + i / 60.0).flat()).isTrue();
  }

  @Test
  void whatFallsIsFlat() {
    assertThat(trend(i -> 100 - 50 * i / 60.0).flat()).isTrue();
  }

  @Test
  void noiseAroundAMeanIsFlatAndALeakBehindItIsNot() {
    Random random = new Random(1);
    double[] noise = IntStream.range(0, LOOKS).mapToDouble(i -> random.nextGaussian()).toArray();
    assertThat(trend(i -> 100 + 3 * noise[i]).flat()).isTrue();
    assertThat(trend(i -> 100 + 3 * noise[i] + 10 * i / 60.0).flat()).isFalse();
  }

  @Test
  void ofWhatWandersTheSlopeIsLessSureThanOfWhatDoesNot() {
    Random random = new Random(1);
    double[] walk = new double[LOOKS];
    double[] white = new double[LOOKS];
    for (int i = 0; i < LOOKS; i++) {
      white[i] = random.nextGaussian();
      walk[i] = (i == 0 ? 0 : 0.9 * walk[i - 1]) + white[i];
    }
    Trend wanders = trend(i -> walk[i]);
    assertThat(wanders.halfWidth()).isGreaterThan(2 * trend(i -> white[i]).halfWidth());
  }

  @Test
  void twoLooksTellNoTrend() {
    assertThatThrownBy(() -> Trend.of(new double[] {0, 1}, new double[] {1, 2}))
        .hasMessage("2 times and 2 values: as many of both are needed, 3 at least");
  }

  private static Trend trend(IntToDoubleFunction values) {
    double[] hours = IntStream.range(0, LOOKS).mapToDouble(i -> i / 60.0).toArray();
    return Trend.of(hours, IntStream.range(0, LOOKS).mapToDouble(values).toArray());
  }
}
