package dev.counterweight.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;

/** Rates, distances and shares from readings that come as they come. */
class ReadingsTest {

  @Test
  void rateIsTakenFromTheReadingsOwnTimes() {
    Rate rate = new Rate();
    assertThat(rate.perSecond(0)).isNaN();
    rate.add(1000, 100, 1900);
    assertThat(rate.perSecond(1900)).isNaN();
    rate.add(2000, 350, 2100);
    rate.add(2000, 350, 3000);

    assertThat(rate.perSecond(3100)).isEqualTo(250);
  }

  @Test
  void rateFallsToZeroWhenNoReadingComesAndForgetsWhatWasStartedAnew() {
    Rate rate = new Rate();
    rate.add(0, 0, 0);
    rate.add(1000, 500, 1000);
    assertThat(rate.perSecond(4000)).isEqualTo(500);
    assertThat(rate.perSecond(5000)).isZero();

    rate.add(6000, 20, 6000);
    assertThat(rate.perSecond(6000)).isNaN();
    rate.add(7000, 30, 7000);
    assertThat(rate.perSecond(7000)).isEqualTo(10);
  }

  @Test
  void rateLooksAtTheNewestReadingsOnly() {
    Rate rate = new Rate();
    for (int i = 0; i <= 100; i++) {
      rate.add(i * 1000L, i < 50 ? i * 1000 : 50_000, i * 1000L);
    }
    assertThat(rate.perSecond(100_000)).isZero();
  }

  @Test
  void distanceInTimeIsTheAgeOfTheFirstEventMissing() {
    Behind behind = new Behind();
    assertThat(behind.events(5)).isZero();
    for (int s = 0; s <= 10; s++) {
      behind.ends(s * 1000L, s * 200.0);
    }

    assertThat(behind.events(1700)).isEqualTo(300);
    assertThat(behind.seconds(1700, 10_000)).isCloseTo(1.5, within(1e-9));
    assertThat(behind.seconds(1700, 8_000)).isZero();
    assertThat(behind.seconds(2000, 60_000)).isZero();
    assertThat(behind.events(2600)).isZero();
  }

  @Test
  void distanceBeyondWhatWasSeenIsNotGuessed() {
    Behind behind = new Behind();
    behind.ends(0, 1000);
    behind.ends(1000, 1100);

    assertThat(behind.seconds(999, 1000)).isNull();
    assertThat(behind.seconds(1000, 1000)).isEqualTo(1);

    for (int i = 2; i < Behind.LOOKS + 2; i++) {
      behind.ends(i * 1000L, 1000 + i * 100.0);
    }
    assertThat(behind.seconds(1000, 1_000_000)).as("looks are bounded").isNull();

    behind.ends(2_000_000, 5);
    assertThat(behind.events(0)).as("a topic made anew").isEqualTo(5);
  }

  @Test
  void rowsOfTheLastMinutesLeaveOutWhatWasBefore() {
    RecentRows rows = new RecentRows();
    assertThat(rows.rows()).isEmpty();
    rows.add(0, Map.of("a", 1000L, "b", 0L));
    assertThat(rows.rows()).containsEntry("a", 1000L);

    for (int s = 1; s <= 600; s++) {
      rows.add(s * 1000L, Map.of("a", 1000L + s, "b", 2L * s));
    }
    long a = rows.rows().getOrDefault("a", 0L);
    assertThat(a).isBetween(280L, 310L);
    assertThat(rows.rows()).containsEntry("b", 2 * a);

    rows.add(700_000, Map.of("a", 3L, "b", 1L));
    assertThat(rows.rows()).as("totals started anew").containsEntry("a", 3L);
  }
}
