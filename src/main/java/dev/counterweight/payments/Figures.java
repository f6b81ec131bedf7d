package dev.counterweight.payments;

import dev.counterweight.evaluation.Calibration;
import dev.counterweight.evaluation.Prequential;
import dev.counterweight.evaluation.Ranking;
import java.util.Arrays;

/**
 * The figures of a judgement, of payments that each count a number of times. Not thread-safe.
 *
 * <p>Payments of one probability are a group, which a share of alerts that ends within it takes a
 * part of at random: recall counts that part of its frauds.
 */
final class Figures {
  static final int RECALL_1 = 0;
  static final int RECALL_5 = 1;
  static final int PR_AUC = 2;
  static final int LOG_LOSS = 3;
  static final int ECE = 4;
  static final int SAVED = 5;

  /** Where the precisions of the curve begin. */
  static final int CURVE = 6;

  /** Points of the curve: at recalls of .05, .10 and so on to 1. */
  static final int POINTS = 20;

  private static final int SIZE = CURVE + POINTS;

  private final JudgedPayments payments;

  /** Rows from the highest probability to the lowest. */
  private final int[] order;

  Figures(JudgedPayments payments) {
    this.payments = payments;
    this.order = payments.byProbability();
  }

  static double recall(int point) {
    return (point + 1.0) / POINTS;
  }

  /** All figures, each payment counting once. */
  double[] all() {
    int[] once = new int[payments.size()];
    Arrays.fill(once, 1);
    return all(once);
  }

  /** All figures, each payment counting as often as is said; NaN where there is nothing to tell. */
  double[] all(int[] times) {
    double[] all = new double[SIZE];
    Arrays.fill(all, Double.NaN);
    sums(times, all);
    ranks(times, all);
    return all;
  }

  private void sums(int[] times, double[] all) {
    Calibration calibration = Calibration.topLabel();
    double[] both = new double[2];
    double loss = 0;
    double saved = 0;
    long rows = 0;
    for (int i = 0; i < times.length; i++) {
      if (times[i] > 0) {
        boolean fraud = payments.fraud(i);
        both[1] = payments.probability(i);
        both[0] = 1 - both[1];
        calibration.add(fraud ? 1 : 0, times[i], both);
        loss += times[i] * Math.min(Prequential.MAX_LOSS, -StrictMath.log(both[fraud ? 1 : 0]));
        if (payments.alert(i)) {
          saved += times[i] * ((fraud ? payments.amount(i) : 0) - Judgement.ALERT_COST);
        }
        rows += times[i];
      }
    }
    if (rows > 0) {
      all[LOG_LOSS] = loss / rows;
      all[ECE] = calibration.ece().orElse(Double.NaN);
      all[SAVED] = saved;
    }
  }

  private void ranks(int[] times, double[] all) {
    long frauds = 0;
    long rows = 0;
    for (int i = 0; i < times.length; i++) {
      frauds += payments.fraud(i) ? times[i] : 0;
      rows += times[i];
    }
    if (frauds == 0) {
      return;
    }
    Ranking ranking = Ranking.ofTies();
    double found = 0;
    double alerted = 0;
    int point = 0;
    for (int at = 0; at < order.length; ) {
      double own = 0;
      double other = 0;
      double probability = payments.probability(order[at]);
      for (; at < order.length && payments.probability(order[at]) == probability; at++) {
        if (payments.fraud(order[at])) {
          own += times[order[at]];
        } else {
          other += times[order[at]];
        }
      }
      ranking.group(own, other);
      all[RECALL_1] = found(all[RECALL_1], 0.01 * rows, alerted, found, own, other, frauds);
      all[RECALL_5] = found(all[RECALL_5], 0.05 * rows, alerted, found, own, other, frauds);
      found += own;
      alerted += own + other;
      for (; point < POINTS && found >= recall(point) * frauds; point++) {
        all[CURVE + point] = found / alerted;
      }
    }
    all[PR_AUC] = ranking.averagePrecision().orElse(Double.NaN);
  }

  /** The recall at a number of alerts, once a group reaches it. */
  private static double found(
      double known,
      double alerts,
      double before,
      double found,
      double own,
      double other,
      double frauds) {
    double group = own + other;
    if (!Double.isNaN(known) || group == 0 || before + group < alerts) {
      return known;
    }
    return (found + own * (alerts - before) / group) / frauds;
  }
}
