package dev.counterweight.counter;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.counterweight.weights.HalfLife;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class TimeJumpsTest {
  private static final long HOUR_MS = Duration.ofHours(1).toMillis();
  private static final long NOON_MS = 1_789_992_000_000L;

  private final ListAppender<ILoggingEvent> warnings = new ListAppender<>();
  private final Logger logger = (Logger) LoggerFactory.getLogger(TimeJumps.class);
  private final AtomicLong nowMs = new AtomicLong(NOON_MS);
  private final InstantSource clock = () -> Instant.ofEpochMilli(nowMs.get());

  @BeforeEach
  void listen() {
    warnings.start();
    logger.addAppender(warnings);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(warnings);
  }

  @Test
  void aTimeBeyondTheReachOfTheHalfLifeIsToldWithItsPlace() {
    TimeJumps jumps = new TimeJumps(new HalfLife(HalfLife.Unit.MILLISECONDS, HOUR_MS), clock);

    jumps.see(3, 10, NOON_MS);
    jumps.see(3, 11, NOON_MS - 20 * HOUR_MS);
    assertThat(warnings.list).isEmpty();
    jumps.see(3, 12, NOON_MS + HOUR_MS);

    assertThat(warnings.list)
        .singleElement()
        .extracting(ILoggingEvent::getFormattedMessage)
        .asString()
        .contains("partition 3, offset 12", "from 2026-09-20T16:00:00Z to 2026-09-21T13:00:00Z")
        .contains("events.time.unit");
  }

  @Test
  void manyJumpsAreToldOnceAMinute() {
    TimeJumps jumps = new TimeJumps(new HalfLife(HalfLife.Unit.MILLISECONDS, HOUR_MS), clock);

    for (int event = 0; event < 1_000; event++) {
      jumps.see(0, event, event % 2 == 0 ? NOON_MS : NOON_MS / 1_000);
    }
    assertThat(warnings.list).hasSize(1);

    nowMs.addAndGet(60_000);
    jumps.see(0, 1_000, NOON_MS);
    assertThat(warnings.list).hasSize(2);
  }

  @Test
  void countsThatDoNotFadeByTimeKnowNoJumps() {
    for (HalfLife halfLife :
        new HalfLife[] {HalfLife.NONE, new HalfLife(HalfLife.Unit.EVENTS, 10)}) {
      TimeJumps jumps = new TimeJumps(halfLife, clock);
      jumps.see(0, 0, 0);
      jumps.see(0, 1, NOON_MS);
    }

    assertThat(warnings.list).isEmpty();
  }
}
