package dev.counterweight.payments;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;

/**
 * What stream is made. Two streams of one plan are the same.
 *
 * @param payments how many numbers are given: payments, tombstones and broken records together
 * @param startMs when the first hour begins, milliseconds since 1970
 * @param span event time from the first payment to the last
 */
public record PaymentsPlan(int payments, long seed, long startMs, Duration span) {
  /** Ten weeks: labels that come after a week leave time to learn from them, twice over. */
  public static final Duration TEN_WEEKS = Duration.ofDays(70);

  /** The most of one plan, so that what is known of each number fits into memory. */
  public static final int MAX_PAYMENTS = 5_000_000;

  static final double NEW_PATTERN = 0.55;
  private static final double BURST = 0.8;

  /** Event time is compressible, but not below what chargebacks and an hour of a week mean. */
  private static final Duration SHORTEST = Duration.ofDays(7);

  private static final Duration LONGEST = Duration.ofDays(3660);

  public PaymentsPlan {
    if (payments < 1 || payments > MAX_PAYMENTS) {
      throw new IllegalArgumentException(
          "payments = " + payments + ", must be from 1 to " + MAX_PAYMENTS);
    }
    if (span.compareTo(SHORTEST) < 0 || span.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "span = " + span + ", must be from " + SHORTEST + " to " + LONGEST);
    }
  }

  /** Ten weeks of payments. */
  public static PaymentsPlan of(int payments, long seed, Instant start) {
    return new PaymentsPlan(payments, seed, start.toEpochMilli(), TEN_WEEKS);
  }

  /**
   * The newest ten weeks that were over at a time, Monday to Sunday (UTC): a seed is one stream at
   * all times, but for the weeks by which it is shifted.
   */
  public static PaymentsPlan before(int payments, long seed, Instant time) {
    Instant monday =
        time.atOffset(ZoneOffset.UTC)
            .truncatedTo(ChronoUnit.DAYS)
            .with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY))
            .toInstant();
    return of(payments, seed, monday.minus(TEN_WEEKS));
  }

  /** The end of the stream: no occurrence has this time or a later one. */
  public long endMs() {
    return at(1);
  }

  /** When the fraud that was not there before begins. */
  public long newPatternMs() {
    return at(NEW_PATTERN);
  }

  /** When the attack burst of one day begins. */
  public long burstMs() {
    return at(BURST);
  }

  /** When it is over. */
  public long burstEndMs() {
    return burstMs() + Duration.ofDays(1).toMillis();
  }

  /** The time at which this share of the span is over. */
  public long at(double share) {
    return startMs + StrictMath.round(share * span.toMillis());
  }
}
