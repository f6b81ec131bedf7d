package dev.counterweight.joining;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterweight.protocol.InvariantException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ClocksTest {
  private static final long GRACE = 100;

  @Test
  void nothingIsKnownBeforeEachPartitionOfEitherSideIs() {
    JoinClock clock = new JoinClock();
    clock.grow(Side.EVENTS, 2);
    clock.set(Side.EVENTS, 0, 50);
    clock.set(Side.LABELS, 0, 70);
    assertThat(clock.ms()).isEqualTo(JoinClock.UNKNOWN);
    clock.set(Side.EVENTS, 1, 60);
    assertThat(clock.ms()).isEqualTo(50);
    assertThat(clock.ms(Side.LABELS)).isEqualTo(70);
    clock.grow(Side.LABELS, 2);
    assertThat(clock.ms()).isEqualTo(JoinClock.UNKNOWN);
    clock.set(Side.LABELS, 1, 40);
    assertThat(clock.ms()).isEqualTo(40);
  }

  @Test
  void aReplayGoesByItsOwnTimes() {
    for (Side side : Side.values()) {
      SourceClock clock = new SourceClock(side, GRACE, 10_000);
      assertThat(clock.watermarkMs(10_000)).isEqualTo(JoinClock.UNKNOWN);
      readSome(clock, 500, 10_001);
      clock.read(400, 10_002);
      assertThat(clock.watermarkMs(10_003)).isEqualTo(500);
    }
  }

  /** As many as tell that a partition is read so far. */
  private static void readSome(SourceClock clock, long timeMs, long nowMs) {
    for (int i = 0; i < ReadTimes.NEWEST; i++) {
      clock.read(timeMs, nowMs);
    }
  }

  @Test
  void aFewTimesAheadTellNothingOfThoseThatAReplayHasYetToRead() {
    for (Side side : Side.values()) {
      SourceClock clock = new SourceClock(side, GRACE, 10_000);
      clock.read(9_000, 10_000);
      assertThat(clock.watermarkMs(10_001)).isEqualTo(JoinClock.UNKNOWN);
      for (int i = 0; i < 100; i++) {
        clock.read(i % 3 == 0 ? 9_000 + i : 500 + i, 10_001);
        assertThat(clock.watermarkMs(10_002)).isLessThanOrEqualTo(500 + i);
      }
      assertThat(clock.watermarkMs(10_002)).isGreaterThan(500 + 100 - ReadTimes.NEWEST);
    }
  }

  @Test
  void whoeverReadsForAnotherTellsHowFar() {
    SourceClock clock = new SourceClock(Side.EVENTS, GRACE, 10_000);
    clock.readElsewhere(400, 500, 10_000);
    assertThat(clock.watermarkMs(10_001)).isEqualTo(400);
    clock.atEnd(10_001);
    assertThat(clock.watermarkMs(10_002)).isEqualTo(502);
  }

  @Test
  void aTimeAheadOfTheWallClockTakesItNoFurtherThanThat() {
    SourceClock clock = new SourceClock(Side.LABELS, GRACE, 1_000);
    readSome(clock, 99_000, 1_001);
    assertThat(clock.watermarkMs(1_002)).isEqualTo(1_001);
  }

  @Test
  void atTheEndOfTheLabelsTheWallClockGoesOnAndOnlyFromAnAnswer() {
    SourceClock labels = new SourceClock(Side.LABELS, GRACE, 10_000);
    labels.read(500, 10_001);
    labels.atEnd(10_050);
    assertThat(labels.watermarkMs(10_060)).isEqualTo(10_050);
    assertThat(labels.watermarkMs(90_000)).isEqualTo(10_050); // the broker is away
  }

  @Test
  void eventsOfLongAgoThatAreReadToTheirEndGoOnByTheirOwnTimeUntilTheyAreQuiet() {
    SourceClock events = new SourceClock(Side.EVENTS, GRACE, 10_000);
    events.read(500, 10_001);
    events.atEnd(10_040);
    assertThat(events.watermarkMs(10_041)).isEqualTo(540);
    readSome(events, 510, 10_050); // more came
    assertThat(events.watermarkMs(10_060)).isEqualTo(510);
    events.atEnd(10_160);
    assertThat(events.watermarkMs(10_149)).isEqualTo(609);
    assertThat(events.watermarkMs(10_160)).isEqualTo(10_160); // nothing for the grace
  }

  @Test
  void anIdleTopicOfEventsGoesByTheWallClockOnceItWasOpenForTheGrace() {
    SourceClock events = new SourceClock(Side.EVENTS, GRACE, 10_000);
    events.atEnd(10_050);
    assertThat(events.watermarkMs(10_060)).isEqualTo(JoinClock.UNKNOWN);
    events.atEnd(10_100);
    assertThat(events.watermarkMs(10_101)).isEqualTo(10_100);
  }

  @Test
  void aWallClockThatIsSetBackTakesTheWatermarkWithIt() {
    SourceClock events = new SourceClock(Side.EVENTS, GRACE, 10_000);
    events.atEnd(10_200);
    assertThat(events.watermarkMs(10_200)).isEqualTo(10_200);
    assertThat(events.watermarkMs(5_000)).isLessThanOrEqualTo(5_000);
    events.atEnd(5_050);
    assertThat(events.watermarkMs(5_101)).isEqualTo(5_050);
  }

  @Test
  void totalsAreReadAsTheyWereWritten() {
    Totals totals = new Totals();
    for (int i = 0; i < 500; i++) {
      totals.waits(i * 37L);
      totals.labelKept();
    }
    totals.walked(77);
    Totals read = Totals.decode(totals.encode());
    assertThat(read.encode()).isEqualTo(totals.encode());
    for (int i = 0; i < 500; i++) {
      read.waitsNoMore(i * 37L);
    }
    assertThat(read.waiting()).isZero();
    assertThat(read.labels()).isEqualTo(500);
  }

  @Test
  void totalsNeverGoBelowZeroAndBrokenOnesAreRefused() {
    Totals totals = new Totals();
    assertThatThrownBy(totals::labelGone).isInstanceOf(InvariantException.class);
    assertThatThrownBy(() -> totals.waitsNoMore(5)).isInstanceOf(InvariantException.class);
    byte[] bytes = totals.encode();
    assertThatThrownBy(() -> Totals.decode(Arrays.copyOf(bytes, bytes.length - 1)))
        .isInstanceOf(InvariantException.class);
    assertThatThrownBy(() -> Totals.decode(Arrays.copyOf(bytes, bytes.length + 1)))
        .isInstanceOf(InvariantException.class);
    bytes[0] = 9;
    assertThatThrownBy(() -> Totals.decode(bytes)).isInstanceOf(InvariantException.class);
  }

  @Test
  void timesOfEventsThatWaitAreBinsInOrderWithEventsInThem() {
    timesAreRead(10, 1, 20, 1);
    timesAreRefused("a width and at most 16 bins", 0, 1, 20, 1);
    timesAreRefused("a width and at most 16 bins", 10, -1);
    timesAreRefused("a width and at most 16 bins", 10, 17);
    timesAreRefused("bins in order, with one event or more", 10, 1, 20, 0);
    timesAreRefused("bins in order, with one event or more", 10, 1, 25, 1);
    timesAreRefused("bins in order, with one event or more", 10, 2, 20, 1, 10, 1);
    timesAreRefused("bins in order, with one event or more", 10, 2, 20, 1, 20, 1);
  }

  private static void timesAreRefused(String rule, long widthMs, int bins, long... rows) {
    assertThatThrownBy(() -> timesAreRead(widthMs, bins, rows))
        .isInstanceOf(InvariantException.class)
        .hasMessageContaining(rule);
  }

  private static void timesAreRead(long widthMs, int bins, long... rows) {
    ByteBuffer bytes = ByteBuffer.allocate(Long.BYTES + 1 + rows.length * Long.BYTES);
    bytes.putLong(widthMs).put((byte) bins);
    Arrays.stream(rows).forEach(bytes::putLong);
    new WaitingTimes().read(bytes.flip());
  }
}
