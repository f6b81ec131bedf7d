package dev.counterweight.counter;

import java.time.Duration;

/**
 * When partials and snapshots are due. Partials go at multiples of the update interval, so that
 * those of all partitions, on whatever host, reach the merger at about the same time: an event then
 * waits for one interval and not for one at each stage.
 *
 * @param interval zero to publish by count and when the flow stops only
 */
record UpdateTimes(Duration interval) {
  /** How soon after a start or move the first partial or snapshot goes. */
  private static final long FIRST_MS = 10;

  /**
   * After this long without an event the flow has stopped, where no interval is configured: a
   * process that is held up for a while must not look like that.
   */
  private static final long QUIET_MS = 2_000;

  /** The same for a counter with an interval that is to stop at the end. */
  private static final long QUIET_BEFORE_END_MS = 200;

  private static final long MAX_GRACE_MS = 100;

  /** One short of ten, so that with what it takes to commit there is one in every ten. */
  private static final int HEARTBEAT_INTERVALS = 9;

  /** What took less to work off than this, or half an interval, is no backlog. */
  private static final long MAX_BACKLOG_MS = 500;

  /**
   * At every 100 ms, commits took 28 % of a busy counter's time; what somebody waits for has itself
   * committed.
   */
  private static final long COMMIT_MS = 250;

  /** The same where all snapshots come by count and none is committed by itself. */
  private static final long COMMIT_BY_COUNT_MS = 100;

  boolean timed() {
    return !interval.isZero();
  }

  long firstMs(long nowMs) {
    return nowMs + FIRST_MS;
  }

  /** When to look whether the flow has stopped. */
  long quietMs(long nowMs, boolean endAhead) {
    return nowMs + (timed() && endAhead ? QUIET_BEFORE_END_MS : QUIET_MS);
  }

  /** When what is counted now goes to the merger: the next multiple of the interval. */
  long partialMs(long nowMs) {
    return (slot(nowMs) + 1) * interval.toMillis();
  }

  /**
   * When a partial that comes now is published: after a grace for those of the other partitions,
   * once in a slot between two multiples of the interval, and half an interval after the snapshot
   * before at least.
   */
  long snapshotMs(long nowMs, long publishedMs) {
    long intervalMs = interval.toMillis();
    long opensMs = slot(nowMs) == slot(publishedMs) ? partialMs(nowMs) : nowMs;
    return Math.max(graceMs(opensMs), publishedMs + intervalMs / 2);
  }

  /** When the partials of other partitions that go at this time have come too. */
  long graceMs(long nowMs) {
    return nowMs + Math.min(MAX_GRACE_MS, interval.toMillis() / 10);
  }

  /** Whether a partition that was behind for so long had a backlog. */
  boolean backlog(long behindMs) {
    return timed() && behindMs >= Math.min(MAX_BACKLOG_MS, interval.toMillis() / 2);
  }

  /** How often Kafka Streams commits what nobody asked it to. */
  long commitMs() {
    return timed() ? COMMIT_MS : COMMIT_BY_COUNT_MS;
  }

  /** When an idle counter says the same again: those who follow tell it from a dead one by it. */
  long heartbeatMs(long publishedMs) {
    return publishedMs + HEARTBEAT_INTERVALS * interval.toMillis();
  }

  private long slot(long timeMs) {
    return Math.floorDiv(timeMs, interval.toMillis());
  }
}
