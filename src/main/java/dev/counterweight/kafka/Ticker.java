package dev.counterweight.kafka;

import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Measures ages and waits: milliseconds since it was made, 0 at first and never fewer than before,
 * whatever the wall clock is set to. Thread-safe if its source is.
 */
public final class Ticker {
  private final LongSupplier nanos;
  private final long startNs;

  /**
   * @param nanos such as {@link System#nanoTime}: only differences mean anything
   */
  public Ticker(LongSupplier nanos) {
    this.nanos = nanos;
    this.startNs = nanos.getAsLong();
  }

  /** Milliseconds since the start. */
  public long millis() {
    return TimeUnit.NANOSECONDS.toMillis(nanos.getAsLong() - startNs);
  }
}
