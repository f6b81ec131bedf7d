package dev.counterweight.trainer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterweight.kafka.Ticker;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ReportPaceTest {
  private long nowMs;
  private final ReportPace pace =
      new ReportPace(new Ticker(() -> TimeUnit.MILLISECONDS.toNanos(nowMs)));

  @Test
  void quickReportsComeOnceASecond() {
    assertDueAt(1000);

    report(100);

    assertDueAt(2000);
  }

  @Test
  void slowReportsTakeATenthOfTheTimeAtMost() {
    nowMs = 1000;

    report(800);

    assertDueAt(1000 + 10 * 800);
  }

  private void report(long tookMs) {
    pace.begin();
    nowMs += tookMs;
    pace.end();
  }

  private void assertDueAt(long ms) {
    nowMs = ms - 1;
    assertThat(pace.due()).isFalse();
    nowMs = ms;
    assertThat(pace.due()).isTrue();
  }
}
