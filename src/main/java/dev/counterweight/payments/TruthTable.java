package dev.counterweight.payments;

import java.util.Arrays;
import java.util.BitSet;
import java.util.function.IntToDoubleFunction;
import java.util.stream.LongStream;

/**
 * What is true of each number of a plan, to judge scores by: a column of it each, 29 bytes a
 * number. Not thread-safe.
 */
public final class TruthTable {
  private final long[] timeMs;
  private final float[] amounts;
  private final Pattern[] patterns;
  private final double[] bayes;
  private final long[] chargedBackMs;
  private final BitSet payments = new BitSet();

  /** A table with room for all numbers of a plan. */
  public TruthTable(PaymentsPlan plan) {
    this.timeMs = new long[plan.payments()];
    this.amounts = new float[plan.payments()];
    this.patterns = new Pattern[plan.payments()];
    this.bayes = new double[plan.payments()];
    this.chargedBackMs = new long[plan.payments()];
    Arrays.fill(chargedBackMs, Long.MAX_VALUE);
  }

  /** Takes what happens next. */
  public void add(Occurrence occurrence) {
    if (occurrence instanceof Payment payment) {
      int number = Math.toIntExact(payment.number());
      timeMs[number] = payment.timeMs();
      amounts[number] = (float) payment.amount();
      patterns[number] = payment.truth().pattern();
      bayes[number] = payment.truth().bayes();
      payments.set(number);
    } else if (occurrence instanceof Chargeback chargeback && chargeback.fraud()) {
      chargedBackMs[Math.toIntExact(chargeback.payment())] = chargeback.timeMs();
    }
  }

  /** The numbers that are payments; a copy. */
  public BitSet payments() {
    return (BitSet) payments.clone();
  }

  /** What could have been served at best, by number. */
  public double bayes(int number) {
    return bayes[number];
  }

  /**
   * Payments with what was served for them.
   *
   * @param probabilities of fraud, by number
   * @param which numbers, all of them payments; the same for learners that are compared
   */
  public JudgedPayments judged(IntToDoubleFunction probabilities, BitSet which) {
    JudgedPayments judged = new JudgedPayments(which.cardinality());
    for (int n = which.nextSetBit(0); n >= 0; n = which.nextSetBit(n + 1)) {
      judged.add(timeMs[n], patterns[n], amounts[n], probabilities.applyAsDouble(n));
    }
    return judged;
  }

  /** The same payments with what could have been served at best. */
  public JudgedPayments best(BitSet which) {
    return judged(this::bayes, which);
  }

  /** When frauds of a pattern were charged back, those that were, in order of the payments. */
  public long[] chargebacksMs(Pattern pattern) {
    return LongStream.range(0, patterns.length)
        .filter(n -> patterns[(int) n] == pattern && chargedBackMs[(int) n] != Long.MAX_VALUE)
        .map(n -> chargedBackMs[(int) n])
        .toArray();
  }
}
