package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.counterweight.config.ScheduleConfig;
import dev.counterweight.config.ScheduleConfig.Kind;
import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void warmUpGrowsEvenlyToTheFullRateAndStays() {
    Schedule schedule = new Schedule(new ScheduleConfig(Kind.WARM_UP, 4, 100, 0.1));

    assertThat(schedule.share(0)).isEqualTo(0.25);
    assertThat(schedule.share(2)).isEqualTo(0.75);
    assertThat(schedule.share(3)).isEqualTo(1);
    assertThat(schedule.share(1_000_000)).isEqualTo(1);
  }

  @Test
  void cosineFallsToTheLeastRateAndStays() {
    Schedule schedule = new Schedule(new ScheduleConfig(Kind.COSINE, 10, 100, 0.2));

    assertThat(schedule.share(9)).isEqualTo(1);
    assertThat(schedule.share(10)).isEqualTo(1);
    assertThat(schedule.share(60)).isCloseTo(0.6, within(1e-12));
    assertThat(schedule.share(110)).isCloseTo(0.2, within(1e-12));
    assertThat(schedule.share(5_000)).isCloseTo(0.2, within(1e-12));
  }

  @Test
  void stepFallsByItsFactorAgainAndAgain() {
    Schedule schedule = new Schedule(new ScheduleConfig(Kind.STEP, 0, 100, 0.5));

    assertThat(schedule.share(99)).isEqualTo(1);
    assertThat(schedule.share(100)).isEqualTo(0.5);
    assertThat(schedule.share(299)).isEqualTo(0.25);
  }
}
