package dev.counterweight.payments;

import java.time.Duration;

/**
 * How many payments are made in each hour of a plan, and by whom: shops are busy by day and at the
 * weekend, thieves by night. Immutable.
 */
final class Hours {
  private static final long HOUR_MS = Duration.ofHours(1).toMillis();
  private static final int WEEK = 7 * 24;

  /** Hours from 1970-01-01, a Thursday, to a Monday. */
  private static final int THURSDAY = 3 * 24;

  /** Busy by day. */
  static final double[] DAY = profile(14, 7, 0.25, 1.25);

  /** Busy by night. */
  static final double[] NIGHT = profile(2, 5, 0.35, 1);

  /** The same at every hour. */
  static final double[] ANY = profile(0, 5, 1, 1);

  private final PaymentsPlan plan;

  /** Share of the payments that were made before each hour began, and 1. */
  private final double[] before;

  Hours(PaymentsPlan plan) {
    this.plan = plan;
    int hours = Math.toIntExact((plan.span().toMillis() + HOUR_MS - 1) / HOUR_MS);
    this.before = new double[hours + 1];
    for (int h = 0; h < hours; h++) {
      before[h + 1] = before[h] + DAY[ofWeek(plan.startMs() + h * HOUR_MS)];
    }
    double all = before[hours];
    for (int h = 0; h <= hours; h++) {
      before[h] /= all;
    }
  }

  /** When this share of the payments was made. */
  long timeMs(double share) {
    int low = 0;
    int high = before.length - 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (before[middle] <= share) {
        low = middle;
      } else {
        high = middle;
      }
    }
    double within = (share - before[low]) / (before[low + 1] - before[low]);
    long at = plan.startMs() + StrictMath.round((low + within) * HOUR_MS);
    return Math.min(at, plan.endMs() - 1);
  }

  /** How often payments of a profile are made at a time, relative to those of shops. */
  static double relative(double[] profile, long timeMs) {
    int hour = ofWeek(timeMs);
    return profile[hour] / DAY[hour];
  }

  private static int ofWeek(long timeMs) {
    return (int) Math.floorMod(Math.floorDiv(timeMs, HOUR_MS) + THURSDAY, (long) WEEK);
  }

  /** A bell over the day, with a mean of 1 over the week. */
  private static double[] profile(double peak, double width, double floor, double weekend) {
    double[] all = new double[WEEK];
    double sum = 0;
    for (int h = 0; h < WEEK; h++) {
      double apart = Math.abs(h % 24 - peak);
      double off = Math.min(apart, 24 - apart) / width;
      all[h] = (floor + StrictMath.exp(-off * off / 2)) * (h / 24 >= 5 ? weekend : 1);
      sum += all[h];
    }
    for (int h = 0; h < WEEK; h++) {
      all[h] *= WEEK / sum;
    }
    return all;
  }
}
