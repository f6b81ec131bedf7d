package dev.counterweight.learning;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScheduleTest {

  @Test
  void warmUpGrowsEvenlyToTheFullRateAndStays() {
    Schedule schedule = new Schedule(4);

    assertThat(schedule.share(0)).isEqualTo(0.25);
    assertThat(schedule.share(2)).isEqualTo(0.75);
    assertThat(schedule.share(3)).isEqualTo(1);
    assertThat(schedule.share(1_000_000)).isEqualTo(1);
  }
}
