package dev.counterweight.payments;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * How soon fraud of the new pattern is found as well as that of the old ones was before: when among
 * {@link #WINDOW} of its frauds in a row the share found reaches 0.9 of that.
 *
 * @param before share of the frauds that were found before the new pattern began, after the first
 *     quarter of the time, when there was something to learn from
 * @param labelled how many frauds of the new pattern had been charged back when the last one of the
 *     first such window was paid; empty if there is no such window
 * @param backMs when it was paid
 */
public record Recovery(Estimate before, OptionalInt labelled, OptionalLong backMs) {
  /** Frauds of the new pattern that are looked at together. */
  public static final int WINDOW = 10;

  private static final double ENOUGH = 0.9;
  private static final double LEARNT = 0.25;

  /** The alerts are those of {@link RecallOverTime}, of so many stretches. */
  private static final int STRETCHES = 20;

  /**
   * Looks for the recovery.
   *
   * @param payments all that were scored
   * @param chargebacksMs times of the chargebacks of frauds of the new pattern, in any order
   */
  public static Recovery of(PaymentsPlan plan, JudgedPayments payments, long[] chargebacksMs) {
    Estimate before = before(plan, payments);
    Frauds frauds = frauds(plan, payments);
    for (int end = WINDOW; before.known() && end <= frauds.times.size(); end++) {
      double hits =
          frauds.found.subList(end - WINDOW, end).stream().mapToDouble(found -> found).sum();
      if (hits / WINDOW >= ENOUGH * before.value()) {
        long backMs = frauds.times.get(end - 1);
        int labelled = (int) Arrays.stream(chargebacksMs).filter(at -> at <= backMs).count();
        return new Recovery(before, OptionalInt.of(labelled), OptionalLong.of(backMs));
      }
    }
    return new Recovery(before, OptionalInt.empty(), OptionalLong.empty());
  }

  private static Estimate before(PaymentsPlan plan, JudgedPayments payments) {
    long from = plan.at(LEARNT);
    int stretches = (int) StrictMath.round(STRETCHES * (PaymentsPlan.NEW_PATTERN - LEARNT));
    return RecallOverTime.of(payments, from, plan.newPatternMs(), stretches)
        .found(from, plan.newPatternMs(), RecallOverTime.Stretch::all)
        .recall();
  }

  /** Frauds of the new pattern, in order of time. */
  private record Frauds(List<Long> times, List<Double> found) {}

  private static Frauds frauds(PaymentsPlan plan, JudgedPayments payments) {
    Frauds frauds = new Frauds(new ArrayList<>(), new ArrayList<>());
    for (int s = 0; s < STRETCHES; s++) {
      JudgedPayments stretch =
          payments.between(plan.at((double) s / STRETCHES), plan.at((s + 1.0) / STRETCHES));
      double[] alerted = stretch.alerted(RecallOverTime.ALERTS);
      for (int i = 0; i < stretch.size(); i++) {
        if (stretch.pattern(i) == Pattern.NEW_PATTERN) {
          frauds.times.add(stretch.timeMs(i));
          frauds.found.add(alerted[i]);
        }
      }
    }
    return frauds;
  }
}
