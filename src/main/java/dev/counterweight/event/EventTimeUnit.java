package dev.counterweight.event;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** How events write their time. */
public enum EventTimeUnit {
  /** Seconds since 1970, with a fraction if it matters. */
  S(1e3),
  /** Milliseconds since 1970. */
  MS(1),
  /** Microseconds since 1970. */
  US(1e-3),
  /** Nanoseconds since 1970. */
  NS(1e-6),
  /** ISO 8601 with offset, and no number. */
  ISO(Double.NaN);

  private static final double FROM_1990_MS = 631_152_000_000.0;
  private static final double TO_2100_MS = 4_102_444_800_000.0;

  private final double toMs;

  EventTimeUnit(double toMs) {
    this.toMs = toMs;
  }

  /** The unit in which a number is a time from 1990 to 2100: at most one. */
  public static Optional<EventTimeUnit> likely(double number) {
    return Arrays.stream(values())
        .filter(unit -> unit.ms(number) >= FROM_1990_MS && unit.ms(number) < TO_2100_MS)
        .findFirst();
  }

  /**
   * The unit, this one or another, in which a time read in this one would be of these decades.
   *
   * @param ms what was read
   */
  public Optional<EventTimeUnit> meant(long ms) {
    return likely(this == ISO ? ms : ms / toMs);
  }

  /** Milliseconds since 1970, with their fraction; NaN for {@link #ISO}. */
  public double ms(double number) {
    return number * toMs;
  }

  /** As the configuration names it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
