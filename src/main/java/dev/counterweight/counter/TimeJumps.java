package dev.counterweight.counter;

import dev.counterweight.weights.HalfLife;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Warns, once a minute at most, of an event so far in time from the one before it in its partition
 * that the half-life leaves one of them next to nothing: most such times are in another unit, or of
 * a producer whose clock is wrong. Not thread-safe.
 */
final class TimeJumps {
  /** Half-lives after which less than a millionth of an event is left. */
  static final int REACH = 20;

  private static final Logger LOG = LoggerFactory.getLogger(TimeJumps.class);
  private static final long PAUSE_MS = Duration.ofMinutes(1).toMillis();
  private static final long NEVER = Long.MIN_VALUE;

  private final HalfLife halfLife;
  private final InstantSource clock;
  private final long reachMs;
  private long lastMs = NEVER;
  private long toldMs = NEVER;

  TimeJumps(HalfLife halfLife, InstantSource clock) {
    this.halfLife = halfLife;
    this.clock = clock;
    this.reachMs =
        halfLife.unit() == HalfLife.Unit.MILLISECONDS && halfLife.amount() < Long.MAX_VALUE / REACH
            ? REACH * halfLife.amount()
            : Long.MAX_VALUE;
  }

  /** Looks at the time of the next event of a partition. */
  void see(int partition, long offset, long timeMs) {
    long beforeMs = lastMs;
    lastMs = timeMs;
    if (beforeMs != NEVER && Math.abs(timeMs - beforeMs) > reachMs && due(clock.millis())) {
      LOG.warn(
          "partition {}, offset {}: event time jumps from {} to {}, more than {} half-lives"
              + " (counts.half.life={} ms): what lies before counts next to nothing. Look at"
              + " events.time.unit and the producer's clock",
          partition,
          offset,
          Instant.ofEpochMilli(beforeMs),
          Instant.ofEpochMilli(timeMs),
          REACH,
          halfLife.amount());
    }
  }

  /** A clock that was set back tells at once. */
  private boolean due(long nowMs) {
    if (toldMs != NEVER && nowMs >= toldMs && nowMs - toldMs < PAUSE_MS) {
      return false;
    }
    toldMs = nowMs;
    return true;
  }
}
