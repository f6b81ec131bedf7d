package dev.counterweight.sampler;

import dev.counterweight.batch.MiniBatch;
import dev.counterweight.protocol.KebabCase;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.JobMetric;
import dev.counterweight.sampling.SamplingPlan;
import java.util.Arrays;
import java.util.List;

/**
 * Each class's share of the stream, of the draws and of the evaluation slice, over the newest batch
 * records, and beside it what the snapshot in use makes one expect. Written by one thread, read by
 * any.
 */
final class ShareMeters {
  /** What is shared out. */
  enum Part {
    STREAM,
    BATCH,
    EVALUATION
  }

  // Half of what is counted is of the newest 34 records.
  private static final double FADE_A_RECORD = 0.98;

  private final double[][] counted;
  private volatile double[][] shares;
  private volatile double[][] expected;

  /**
   * @param classes whose names become tags, as many as the job's meters allow
   */
  ShareMeters(JobMeters meters, List<String> classes) {
    int parts = Part.values().length;
    this.counted = new double[parts][classes.size()];
    this.shares = unknown(parts, classes.size());
    this.expected = unknown(parts, classes.size());
    for (Part part : Part.values()) {
      meters.gauges(
          JobMetric.CLASS_SHARE, classes, c -> shares[part.ordinal()][c], KebabCase.of(part));
      meters.gauges(
          JobMetric.CLASS_SHARE_EXPECTED,
          classes,
          c -> expected[part.ordinal()][c],
          KebabCase.of(part));
    }
  }

  /** An event of the stream. */
  void consumed(int label) {
    counted[Part.STREAM.ordinal()][label]++;
  }

  /** A record cut. */
  void written(MiniBatch batch) {
    fade();
    add(Part.BATCH, batch.draws().labels());
    add(Part.EVALUATION, batch.evaluation().labels());
  }

  /** What was counted so far becomes visible. */
  void publish() {
    double[][] next = new double[counted.length][];
    for (int part = 0; part < counted.length; part++) {
      next[part] = normalised(counted[part]);
    }
    shares = next;
  }

  /** What to expect from now on. */
  void expect(SamplingPlan plan) {
    double[] priors = plan.snapshot().priors();
    double[] draws = new double[priors.length];
    double[] evaluation = new double[priors.length];
    for (int c = 0; c < priors.length; c++) {
      draws[c] = priors[c] * plan.uses(c);
      evaluation[c] = priors[c] * plan.evaluation(c);
    }
    expected = new double[][] {normalised(priors), normalised(draws), normalised(evaluation)};
  }

  private void add(Part part, long[] labels) {
    double[] target = counted[part.ordinal()];
    for (long label : labels) {
      target[(int) label]++;
    }
  }

  /** All parts alike, a record at a time. */
  private void fade() {
    for (double[] part : counted) {
      for (int c = 0; c < part.length; c++) {
        part[c] *= FADE_A_RECORD;
      }
    }
  }

  private static double[] normalised(double[] counts) {
    double sum = 0;
    for (double count : counts) {
      sum += count;
    }
    double[] shares = new double[counts.length];
    for (int c = 0; c < counts.length; c++) {
      shares[c] = sum > 0 ? counts[c] / sum : Double.NaN;
    }
    return shares;
  }

  private static double[][] unknown(int parts, int classes) {
    double[][] shares = new double[parts][classes];
    for (double[] part : shares) {
      Arrays.fill(part, Double.NaN);
    }
    return shares;
  }
}
