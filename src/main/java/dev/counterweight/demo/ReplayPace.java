package dev.counterweight.demo;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Lets event number i go no sooner than i / rate seconds after the first. Owned by the replaying
 * thread.
 */
final class ReplayPace {
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(100);
  // Behind by more than this, the lost time is given up instead of being made up in a burst.
  private static final long MAX_ARREARS_NS = TimeUnit.SECONDS.toNanos(1);

  private final double nsPerEvent;
  private final BooleanSupplier stopped;
  private long startNs = System.nanoTime();

  /**
   * @param eventsPerSecond 0 for as fast as can be
   */
  ReplayPace(double eventsPerSecond, BooleanSupplier stopped) {
    this.nsPerEvent = eventsPerSecond > 0 ? 1e9 / eventsPerSecond : 0;
    this.stopped = stopped;
  }

  /** False if the replay was stopped while waiting, or the thread interrupted. */
  boolean await(long event) {
    if (nsPerEvent == 0) {
      return true;
    }
    long dueNs = (long) (event * nsPerEvent);
    long aheadNs = startNs + dueNs - System.nanoTime();
    if (aheadNs < -MAX_ARREARS_NS) {
      startNs = System.nanoTime() - dueNs;
    }
    while (aheadNs > 0 && !stopped.getAsBoolean()) {
      LockSupport.parkNanos(Math.min(aheadNs, LOOK_NS));
      if (Thread.currentThread().isInterrupted()) {
        return false;
      }
      aheadNs = startNs + dueNs - System.nanoTime();
    }
    return !stopped.getAsBoolean();
  }
}
