package dev.counterweight.payments;

import java.util.List;
import java.util.SplittableRandom;

/**
 * Where payments come from: honest cardholders, or one kind of fraud. Given the source, the
 * features are independent of each other but for the category, which the merchant tells, and the
 * device's age, which is there where a device is. Immutable.
 *
 * @param share of the payments while it is there, in the mean over a week
 * @param fromMs when it begins
 * @param toMs when it is over
 * @param hours when in a week it pays
 * @param amounts an equal part of the payments from each
 * @param known own merchants and devices, which it reuses
 * @param devices share of the payments with a device
 * @param repeats mean of a card's payments in the hour before
 */
record Source(
    Pattern pattern,
    double share,
    long fromMs,
    long toMs,
    double[] hours,
    List<LogNormal> amounts,
    Choice countries,
    Choice categories,
    Known known,
    double devices,
    LogNormal ages,
    double repeats) {

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
    return timeMs >= fromMs && timeMs < toMs ? share * Hours.relative(hours, timeMs) : 0;
  }

  Features draw(SplittableRandom random) {
    boolean device = random.nextDouble() < devices;
    return new Features(
        amounts.get(random.nextInt(amounts.size())).draw(random),
        countries.draw(random),
        drawMerchant(random),
        device ? drawDevice(random) : Features.NO_DEVICE,
        ages.draw(random),
        drawRepeats(random));
  }

  /** The density of features. */
  double density(Features of) {
    double amount = 0;
    for (LogNormal one : amounts) {
      amount += one.density(of.amount()) / amounts.size();
    }
    double device =
        of.hasDevice() ? devices * device(of.device()) * ages.density(of.deviceAge()) : 1 - devices;
    return amount
        * countries.probability(of.country())
        * merchant(of.merchant())
        * device
        * repeats(of.lastHour());
  }

  private int drawMerchant(SplittableRandom random) {
    return random.nextDouble() < known.merchantShare
        ? known.merchants[random.nextInt(known.merchants.length)]
        : Places.merchant(categories.draw(random), Places.RANKS.draw(random));
  }

  private double merchant(int merchant) {
    return (1 - known.merchantShare)
            * categories.probability(Places.category(merchant))
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
    double again = repeats / (1 + repeats);
    return (int) (StrictMath.log(1 - random.nextDouble()) / StrictMath.log(again));
  }

  private double repeats(int count) {
    double again = repeats / (1 + repeats);
    return (1 - again) * StrictMath.pow(again, count);
  }
}
