package dev.counterweight.sampling;

import dev.counterweight.runtime.FailureException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.apache.kafka.common.errors.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a broker that is away: what it does not answer in time is asked again, until it answers
 * or the sampler is to stop. Thread-safe if its condition is.
 */
final class Patience {
  /** As many attempts as it takes. */
  static final int NO_END = Integer.MAX_VALUE;

  private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
  private static final Duration BACK_OFF = Duration.ofMillis(100);

  private final BooleanSupplier stop;

  /**
   * @param stop whether to give up
   */
  Patience(BooleanSupplier stop) {
    this.stop = stop;
  }

  /**
   * Makes a call until it is answered.
   *
   * @param what cannot be done while it is not, for messages
   * @param call may be made again after it timed out
   * @throws FailureException if it is not answered in so many attempts, or before the sampler is to
   *     stop
   */
  void until(String what, int mostAttempts, Runnable call) {
    for (int attempt = 1; ; attempt++) {
      try {
        call.run();
        return;
      } catch (TimeoutException e) {
        if (attempt >= mostAttempts || stop.getAsBoolean()) {
          throw new FailureException(
              "cannot %s: no answer in %d attempts: %s".formatted(what, attempt, e.getMessage()),
              e);
        }
        LOG.warn("Cannot {}: no answer, trying again: {}", what, e.getMessage());
        LockSupport.parkNanos(BACK_OFF.toNanos());
      }
    }
  }
}
