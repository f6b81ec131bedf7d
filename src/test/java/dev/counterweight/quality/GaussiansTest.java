package dev.counterweight.quality;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class GaussiansTest {
  private final Gaussians stream = new Gaussians(50_000);

  @Test
  void anEventIsTheSameWheneverItIsAskedFor() {
    assertThat(stream.event(7)).isEqualTo(stream.event(7)).isNotEqualTo(stream.event(8));
    assertThat(new Gaussians(8).event(7)).isEqualTo(stream.event(7));
  }

  @Test
  void oneInAHundredIsRareAndTheBestThatCanBeHadIsKnown() {
    assertThat(stream.counts()[0] + stream.counts()[1]).isEqualTo(50_000);
    assertThat(stream.counts()[1] / 50_000.0).isBetween(0.008, 0.012);
    Map<String, Object> best = stream.bayes(50_000);
    assertThat(figure(best, "gmean")).isBetween(0.85, 0.97);
    assertThat(figure(best, "ece")).isLessThan(0.002);
  }

  private static double figure(Map<String, Object> metrics, String name) {
    return (double) Objects.requireNonNull(metrics.get(name));
  }
}
