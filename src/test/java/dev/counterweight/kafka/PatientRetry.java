package dev.counterweight.kafka;

import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import java.util.function.LongSupplier;

/** A {@link Retry} by a clock of the caller's own. */
public final class PatientRetry {
  private static final Duration GRACE = Duration.ofSeconds(20);

  private PatientRetry() {}

  /**
   * Such a one.
   *
   * @param nanos the time
   * @param pause has so many nanoseconds pass
   */
  public static Retry of(BooleanSupplier stop, LongSupplier nanos, LongConsumer pause) {
    return new Retry(stop, GRACE, nanos, pause);
  }
}
