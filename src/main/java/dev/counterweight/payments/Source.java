package dev.counterweight.payments;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Who makes payments of one kind, and how: given the source, the features are independent of each
 * other but for the category, which the merchant tells, and the device's age, which is there where
 * a device is. Immutable.
 *
 * @param share of the payments while it is there, in the mean over a week
 * @param fromMs when it begins
 * @param toMs when it is over
 * @param known own merchants and devices, which it reuses
 */
record Source(Pattern pattern, double share, long fromMs, long toMs, Habit habit, Known known) {

  /**
   * How somebody pays.
   *
   * @param hours when in a week
   * @param amounts an equal part of the payments from each
   * @param devices share of the payments with a device
   * @param ages of devices, in days
   * @param repeats mean of a card's payments in the hour before
   */
  record Habit(
      double[] hours,
      List<LogNormal> amounts,
      Choice countries,
      Choice categories,
      double devices,
      LogNormal ages,
      double repeats) {}

  /**
   * What a ring reuses, each once among them.
   *
   * @param merchantShare of its payments made with one of its merchants
   * @param deviceShare of its payments with a device made with one of its devices
   */
  record Known(int[] merchants, double merchantShare, int[] devices, double deviceShare) {
    static final Known NOTHING = new Known(new int[0], 0, new int[0], 0);
  }

  /** Share of the payments at a time, relative to those of honest cardholders. */
  double rate(long timeMs) {
    return timeMs >= fromMs && timeMs < toMs ? share * Hours.relative(habit.hours, timeMs) : 0;
  }

  Features draw(SplittableRandom random) {
    boolean device = random.nextDouble() < habit.devices;
    return new Features(
        habit.amounts.get(random.nextInt(habit.amounts.size())).draw(random),
        habit.countries.draw(random),
        drawMerchant(random),
        device ? drawDevice(random) : Features.NO_DEVICE,
        habit.ages.draw(random),
        drawRepeats(random));
  }

  /** The density of features. */
  double density(Features of) {
    double amount = 0;
    for (LogNormal one : habit.amounts) {
      amount += one.density(of.amount()) / habit.amounts.size();
    }
    double device =
        of.hasDevice()
            ? habit.devices * device(of.device()) * habit.ages.density(of.deviceAge())
            : 1 - habit.devices;
    return amount
        * habit.countries.probability(of.country())
        * merchant(of.merchant())
        * device
        * repeats(of.lastHour());
  }

  private int drawMerchant(SplittableRandom random) {
    return random.nextDouble() < known.merchantShare
        ? known.merchants[random.nextInt(known.merchants.length)]
        : Places.merchant(habit.categories.draw(random), Places.RANKS.draw(random));
  }

  private double merchant(int merchant) {
    return (1 - known.merchantShare)
            * habit.categories.probability(Places.category(merchant))
            * Places.RANKS.probability(Places.rank(merchant))
        + known.merchantShare * among(known.merchants, merchant);
  }

  private int drawDevice(SplittableRandom random) {
    return random.nextDouble() < known.deviceShare
        ? known.devices[random.nextInt(known.devices.length)]
        : random.nextInt(Places.DEVICES);
  }

  private double device(int device) {
    return (1 - known.deviceShare) / Places.DEVICES
        + known.deviceShare * among(known.devices, device);
  }

  private static double among(int[] own, int one) {
    for (int candidate : own) {
      if (candidate == one) {
        return 1.0 / own.length;
      }
    }
    return 0;
  }

  /** Geometric. */
  private int drawRepeats(SplittableRandom random) {
    double again = habit.repeats / (1 + habit.repeats);
    return (int) (StrictMath.log(1 - random.nextDouble()) / StrictMath.log(again));
  }

  private double repeats(int count) {
    double again = habit.repeats / (1 + habit.repeats);
    return (1 - again) * StrictMath.pow(again, count);
  }
}
