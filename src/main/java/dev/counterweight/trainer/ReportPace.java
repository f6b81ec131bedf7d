package dev.counterweight.trainer;

import dev.counterweight.kafka.Ticker;

/**
 * When it is time for a report: a second after the one before, and so much later where reports take
 * long, those of a thousand classes for instance, that they take at most a tenth of the time. Not
 * thread-safe.
 */
final class ReportPace {
  private static final long EVERY_MS = 1000;
  private static final int OTHER_WORK = 9;

  private final Ticker ticker;
  private long begunMs;
  private long dueMs;

  /** The first is due after a second. */
  ReportPace(Ticker ticker) {
    this.ticker = ticker;
    this.dueMs = ticker.millis() + EVERY_MS;
  }

  boolean due() {
    return ticker.millis() >= dueMs;
  }

  /** A report is begun. */
  void begin() {
    begunMs = ticker.millis();
  }

  /** It is done. */
  void end() {
    long nowMs = ticker.millis();
    dueMs = Math.max(begunMs + EVERY_MS, nowMs + OTHER_WORK * (nowMs - begunMs));
  }
}
