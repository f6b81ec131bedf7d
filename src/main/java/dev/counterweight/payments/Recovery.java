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

  /**
   * @param payments judged payments from any time on
   * @param chargebacksMs times of the chargebacks of frauds of the new pattern, in any order
   */
  public static Recovery of(PaymentsPlan plan, JudgedPayments payments, long[] chargebacksMs) {
    double threshold = payments.threshold(RecallOverTime.ALERTS);
    Estimate before =
        RecallOverTime.found(
                payments.between(plan.at(LEARNT), plan.newPatternMs()), threshold, Pattern.values())
            .recall();
    List<Long> times = new ArrayList<>();
    List<Boolean> found = new ArrayList<>();
    for (int i = 0; i < payments.size(); i++) {
      if (payments.pattern(i) == Pattern.NEW_PATTERN) {
        times.add(payments.timeMs(i));
        found.add(payments.probability(i) >= threshold);
      }
    }
    for (int end = WINDOW; before.known() && end <= times.size(); end++) {
      long hits = found.subList(end - WINDOW, end).stream().filter(hit -> hit).count();
      if ((double) hits / WINDOW >= ENOUGH * before.value()) {
        long backMs = times.get(end - 1);
        int labelled = (int) Arrays.stream(chargebacksMs).filter(at -> at <= backMs).count();
        return new Recovery(before, OptionalInt.of(labelled), OptionalLong.of(backMs));
      }
    }
    return new Recovery(before, OptionalInt.empty(), OptionalLong.empty());
  }
}
