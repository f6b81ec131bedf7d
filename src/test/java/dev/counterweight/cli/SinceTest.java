package dev.counterweight.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class SinceTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");

  @Test
  void aMomentIsATimeADayOrHowLongAgo() {
    assertThat(Since.parse("2026-01-31T12:00:00Z", NOW))
        .contains(Instant.parse("2026-01-31T12:00:00Z"));
    assertThat(Since.parse("2026-01-31T12:00:00+02:00", NOW))
        .contains(Instant.parse("2026-01-31T10:00:00Z"));
    assertThat(Since.parse("2026-01-31", NOW)).contains(Instant.parse("2026-01-31T00:00:00Z"));
    assertThat(Since.parse("30m", NOW)).contains(Instant.parse("2026-03-01T11:30:00Z"));
    assertThat(Since.parse("2d", NOW)).contains(Instant.parse("2026-02-27T12:00:00Z"));
  }

  @Test
  void anythingElseIsNone() {
    for (String text : new String[] {"", "yesterday", "6", "h", "-1h", "2026-13-01", "1T2"}) {
      assertThat(Since.parse(text, NOW)).as(text).isEmpty();
    }
    assertThat(Since.parse("999999999d", NOW)).isPresent();
  }
}
