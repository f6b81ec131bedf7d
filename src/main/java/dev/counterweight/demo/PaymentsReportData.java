package dev.counterweight.demo;

import static dev.counterweight.demo.JobHistory.ordered;

import dev.counterweight.payments.Comparison;
import dev.counterweight.payments.Estimate;
import dev.counterweight.payments.JudgedPayments;
import dev.counterweight.payments.Judgement;
import dev.counterweight.payments.PaymentsPlan;
import dev.counterweight.payments.RecallOverTime;
import dev.counterweight.payments.Recovery;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the report of the payments shows. Immutable.
 *
 * @param title what was run, in a few words
 * @param facts name and value of what a reader needs to repeat the run
 * @param counts records of each kind that were published, in the order to show them in
 * @param moments when what changed did, in event time
 * @param learners who answered, in the order to show them in; all on the same payments
 * @param labels when labels came
 * @param features what answers were given by, the one that mattered most first; empty if unknown
 * @param served what the rebalanced job knew of its own answers, by labels alone
 * @param deadLetters records that were no events, by reason
 */
record PaymentsReportData(
    String title,
    Map<String, String> facts,
    Map<String, Long> counts,
    Moments moments,
    List<Learner> learners,
    Labels labels,
    List<Feature> features,
    @Nullable Served served,
    Map<String, Long> deadLetters) {
  /** Names of the learners that have a colour of their own. */
  static final String NATURAL = "natural";

  static final String REBALANCED = "rebalanced";
  static final String BAYES = "Bayes";

  PaymentsReportData {
    facts = ordered(facts);
    counts = ordered(counts);
    learners = List.copyOf(learners);
    if (learners.stream().noneMatch(one -> one.name().equals(REBALANCED))) {
      throw new IllegalArgumentException(
          "learners = " + names(learners) + ", must have " + REBALANCED);
    }
    features = List.copyOf(features);
    deadLetters = ordered(deadLetters);
  }

  private static List<String> names(List<Learner> learners) {
    return learners.stream().map(Learner::name).toList();
  }

  /** The one that the report is about. */
  Learner rebalanced() {
    return learners.stream().filter(one -> one.name().equals(REBALANCED)).findFirst().orElseThrow();
  }

  /** The learner of a name, if there is one. */
  @Nullable Learner learner(String name) {
    return learners.stream().filter(one -> one.name().equals(name)).findFirst().orElse(null);
  }

  /**
   * Moments of event time, in milliseconds since 1970.
   *
   * @param newPatternLabelMs when the first fraud of the new pattern was charged back, if one was
   */
  record Moments(
      long startMs,
      long endMs,
      long newPatternMs,
      @Nullable Long newPatternLabelMs,
      long burstMs,
      long burstEndMs) {
    /** When there has been enough to learn from: a quarter of the time is over. */
    long settledMs() {
      return startMs + (endMs - startMs) / 4;
    }

    static Moments of(PaymentsPlan plan, long[] newPatternChargebacksMs) {
      return new Moments(
          plan.startMs(),
          plan.endMs(),
          plan.newPatternMs(),
          newPatternChargebacksMs.length == 0
              ? null
              : (Long) Arrays.stream(newPatternChargebacksMs).min().getAsLong(),
          plan.burstMs(),
          plan.burstEndMs());
    }
  }

  /**
   * How good somebody's answers were, by the truth.
   *
   * @param last over the last quarter of the time
   * @param settled over all but the first quarter
   * @param besideBest of the last quarter, as a share of what could be had; absent of the best
   * @param recovery how soon the new pattern was found; absent of the best
   */
  record Learner(
      String name,
      Judgement last,
      Judgement settled,
      @Nullable Comparison besideBest,
      RecallOverTime overTime,
      @Nullable Recovery recovery) {
    /** Half-weeks of ten weeks: what changes does so between two of them. */
    static final int STRETCHES = 20;

    /** Somebody who learns, beside the best answers to the same payments. */
    static Learner of(
        String name,
        PaymentsPlan plan,
        JudgedPayments payments,
        JudgedPayments best,
        long[] newPatternChargebacksMs,
        long seed) {
      JudgedPayments last = payments.between(plan.at(0.75), plan.endMs());
      return new Learner(
          name,
          Judgement.of(last, seed),
          Judgement.of(payments.between(plan.at(0.25), plan.endMs()), seed),
          Comparison.of(last, best.between(plan.at(0.75), plan.endMs()), seed),
          RecallOverTime.of(payments, plan.startMs(), plan.endMs(), STRETCHES),
          Recovery.of(plan, payments, newPatternChargebacksMs));
    }

    /** Who knows how the stream is made. */
    static Learner best(PaymentsPlan plan, JudgedPayments best, long seed) {
      return new Learner(
          BAYES,
          Judgement.of(best.between(plan.at(0.75), plan.endMs()), seed),
          Judgement.of(best.between(plan.at(0.25), plan.endMs()), seed),
          null,
          RecallOverTime.of(best, plan.startMs(), plan.endMs(), STRETCHES),
          null);
    }
  }

  /**
   * When labels came.
   *
   * @param frauds that there were
   * @param chargedBack chargebacks before the stream ended, those of honest payments as well
   * @param takenBack how many of them were taken back
   * @param medianDays between a payment and its chargeback
   * @param days chargebacks by whole days since the payment; the last bar holds all later ones
   */
  record Labels(int frauds, int chargedBack, int takenBack, double medianDays, List<Integer> days) {
    private static final int BARS = 31;

    Labels {
      days = List.copyOf(days);
    }

    /**
     * Counts them.
     *
     * @param delaysMs from each payment that was charged back to its chargeback
     */
    static Labels of(int frauds, int takenBack, long[] delaysMs) {
      long[] sorted = delaysMs.clone();
      Arrays.sort(sorted);
      int[] days = new int[BARS];
      for (long delayMs : sorted) {
        days[(int) Math.min(BARS - 1, TimeUnit.MILLISECONDS.toDays(delayMs))]++;
      }
      List<Integer> counted = new ArrayList<>();
      Arrays.stream(days).forEach(counted::add);
      double dayMs = TimeUnit.DAYS.toMillis(1);
      double median = sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2] / dayMs;
      return new Labels(frauds, sorted.length, takenBack, median, counted);
    }
  }

  /**
   * How much a feature mattered.
   *
   * @param share of what all features moved the answers by, from 0 to 1
   */
  record Feature(String name, double share) {}

  /**
   * What the job that serves knew of its answers from labels as they came, without the truth.
   *
   * @param scored answers given
   * @param judged those whose label came
   * @param recall of fraud, as decided
   * @param precision of fraud, as decided
   */
  record Served(long scored, long judged, Estimate recall, Estimate precision, double logLoss) {}
}
