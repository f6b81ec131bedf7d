package dev.counterweight.payments;

import java.util.ArrayList;
import java.util.List;

/**
 * How good served probabilities of fraud were, by the truth. Intervals are of a seeded bootstrap:
 * two judgements of the same payments with one seed are of the same resamples.
 *
 * <p>Costs: a missed fraud costs its amount, an alert {@link #ALERT_COST}, and who believes a
 * probability alerts where it times the amount is more than that.
 *
 * @param recallAt1 share of the frauds among the 1 % of payments with the highest probabilities
 * @param recallAt5 among the 5 %
 * @param prAuc average precision
 * @param logLoss mean of -ln of the probability given to what was
 * @param ece expected calibration error of the larger of both probabilities, as the job's metric;
 *     without an interval: noise only adds to a distance, so that near 0 what samples come to lies
 *     above the truth, by twice of what the figure itself is off
 * @param saved what the alerts saved: cost without any minus cost with them
 * @param curve precision by recall
 * @param reliability share of frauds by probability, where there are payments
 */
public record Judgement(
    int payments,
    int frauds,
    Estimate recallAt1,
    Estimate recallAt5,
    Estimate prAuc,
    Estimate logLoss,
    Estimate ece,
    Estimate saved,
    List<CurvePoint> curve,
    List<Bar> reliability) {
  /** Cost of an alert, in the currency of the amounts. */
  public static final double ALERT_COST = 5;

  /** Bounds of the bars of {@link #reliability}: most probabilities of fraud are far below 0.1. */
  private static final double[] EDGES = {0, .0003, .001, .003, .01, .03, .1, .3, .6, 1};

  /** The precision at which this share of the frauds is found. */
  public record CurvePoint(double recall, Estimate precision) {}

  /**
   * Payments whose probability lies above {@code lower}, or is 0, and is at most {@code upper}.
   *
   * @param probability their mean probability
   * @param frauds share of frauds among them
   */
  public record Bar(
      double lower, double upper, int payments, double probability, Estimate frauds) {}

  /** Judges payments. */
  public static Judgement of(JudgedPayments payments, long seed) {
    Resamples figures = Resamples.of(payments, seed);
    List<CurvePoint> curve = new ArrayList<>();
    for (int p = 0; p < Figures.POINTS; p++) {
      curve.add(new CurvePoint(Figures.recall(p), figures.estimate(Figures.CURVE + p)));
    }
    return new Judgement(
        payments.size(),
        payments.frauds(),
        figures.estimate(Figures.RECALL_1),
        figures.estimate(Figures.RECALL_5),
        figures.estimate(Figures.PR_AUC),
        figures.estimate(Figures.LOG_LOSS),
        Estimate.alone(figures.whole()[Figures.ECE]),
        figures.estimate(Figures.SAVED),
        curve,
        bars(payments));
  }

  private static List<Bar> bars(JudgedPayments payments) {
    int bins = EDGES.length - 1;
    int[] count = new int[bins];
    int[] frauds = new int[bins];
    double[] sum = new double[bins];
    for (int i = 0; i < payments.size(); i++) {
      double probability = payments.probability(i);
      int bin = 0;
      while (probability > EDGES[bin + 1]) {
        bin++;
      }
      count[bin]++;
      frauds[bin] += payments.fraud(i) ? 1 : 0;
      sum[bin] += probability;
    }
    List<Bar> bars = new ArrayList<>();
    for (int bin = 0; bin < bins; bin++) {
      if (count[bin] > 0) {
        bars.add(
            new Bar(
                EDGES[bin],
                EDGES[bin + 1],
                count[bin],
                sum[bin] / count[bin],
                Estimate.share(frauds[bin], count[bin])));
      }
    }
    return bars;
  }
}
