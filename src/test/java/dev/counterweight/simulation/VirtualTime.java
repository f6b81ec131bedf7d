package dev.counterweight.simulation;

import dev.counterweight.kafka.Ticker;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.concurrent.TimeUnit;

/** The time of a simulated world, which passes when the world says so. Not thread-safe. */
public final class VirtualTime extends Clock {
  private static final long START_MS = 1_800_000_000_000L;

  private long nowMs = START_MS;

  @Override
  public long millis() {
    return nowMs;
  }

  @Override
  public Instant instant() {
    return Instant.ofEpochMilli(nowMs);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }

  void pass(long ms) {
    nowMs += ms;
  }

  long nanos() {
    return TimeUnit.MILLISECONDS.toNanos(nowMs);
  }

  /** Measures ages by it. */
  public Ticker ticker() {
    return new Ticker(this::nanos);
  }
}
