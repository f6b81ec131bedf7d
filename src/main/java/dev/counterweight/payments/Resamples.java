package dev.counterweight.payments;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Figures of judged payments, and of {@link #SAMPLES} samples of them, in each of which a payment
 * counts a Poisson number of times, one in the mean: the bootstrap of streams (Chamandy et al.
 * 2012). How often, a seed and the payment's index say, so that two learners judged on the same
 * payments are judged on the same samples of them.
 *
 * @param whole the figures of the payments themselves
 * @param samples the figures of each sample
 */
@SuppressWarnings("ArrayRecordComponent")
record Resamples(double[] whole, double[][] samples) {
  static final int SAMPLES = 200;

  /** That a payment counts not once. */
  private static final double NONE = StrictMath.exp(-1);

  /** It counts no more often: that would be one time in 10^18. */
  private static final int MOST = 19;

  static Resamples of(JudgedPayments payments, long seed) {
    Condensed rows = Condensed.of(payments);
    Figures figures = new Figures(rows.rows());
    double[][] samples = new double[SAMPLES][];
    int[] times = new int[rows.rows().size()];
    for (int sample = 0; sample < SAMPLES; sample++) {
      long of = mixed(seed, sample);
      for (int row = 0; row < times.length; row++) {
        times[row] = poisson(rows.of()[row], mixed(of, rows.ids()[row]));
      }
      samples[sample] = figures.all(times);
    }
    return new Resamples(new Figures(payments).all(), samples);
  }

  /** How often, by 64 random bits: counted where it is once in the mean, and nearly normal else. */
  static int poisson(int mean, long bits) {
    if (mean > 1) {
      double off = new SplittableRandom(bits).nextGaussian();
      return (int) Math.max(0, Math.rint(mean + StrictMath.sqrt(mean) * off));
    }
    double left = (bits >>> 11) * 0x1p-53;
    double chance = NONE;
    int count = 0;
    while (left >= chance && count < MOST) {
      left -= chance;
      chance /= ++count;
    }
    return count;
  }

  /** Steele, Lea and Flood's finaliser: bits that look random, of a seed and a number. */
  private static long mixed(long seed, long number) {
    long z = seed + (number + 1) * 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  Estimate estimate(int figure) {
    return Estimate.of(
        whole[figure], Arrays.stream(samples).mapToDouble(sample -> sample[figure]).toArray());
  }

  /**
   * A figure as a share of the best one's, sample by sample; NaN where the best one's is 0 or less,
   * as a saving is that false alerts have eaten up.
   */
  Estimate shareOf(Resamples best, int figure) {
    double[] shares = new double[samples.length];
    for (int s = 0; s < shares.length; s++) {
      shares[s] = share(samples[s][figure], best.samples[s][figure]);
    }
    return Estimate.of(share(whole[figure], best.whole[figure]), shares);
  }

  private static double share(double own, double best) {
    return best > 0 ? own / best : Double.NaN;
  }
}
