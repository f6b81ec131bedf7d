package dev.counterweight.payments;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Figures of judged payments, and of {@link #SAMPLES} samples of them, with replacement: which, a
 * seed says, so that two learners judged on the same payments are judged on the same samples.
 *
 * @param whole the figures of the payments themselves
 * @param samples the figures of each sample
 */
@SuppressWarnings("ArrayRecordComponent")
record Resamples(double[] whole, double[][] samples) {
  static final int SAMPLES = 200;

  static Resamples of(JudgedPayments payments, long seed) {
    Figures figures = new Figures(payments);
    SplittableRandom random = new SplittableRandom(seed);
    double[][] samples = new double[SAMPLES][];
    int size = payments.size();
    int[] times = new int[size];
    for (int sample = 0; sample < SAMPLES; sample++) {
      Arrays.fill(times, 0);
      for (int draw = 0; draw < size; draw++) {
        times[random.nextInt(size)]++;
      }
      samples[sample] = figures.all(times);
    }
    return new Resamples(figures.all(), samples);
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
