package dev.counterweight.demo;

import dev.counterweight.payments.Broken;
import dev.counterweight.payments.Chargeback;
import dev.counterweight.payments.JudgedPayments;
import dev.counterweight.payments.Occurrence;
import dev.counterweight.payments.Pattern;
import dev.counterweight.payments.Payment;
import dev.counterweight.payments.PaymentsPlan;
import dev.counterweight.payments.Tombstone;
import dev.counterweight.payments.TruthTable;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.IntToDoubleFunction;

/**
 * What was published, and what it was in truth: what no job ever sees. Thread-safe: the publisher
 * writes it, the demo's thread reads it.
 */
final class PaymentLedger {
  private final TruthTable truth;
  private final long[] timesMs;
  private final List<Long> delaysMs = new ArrayList<>();
  private int numbers;
  private int payments;
  private int frauds;
  private int chargebacks;
  private int takenBack;
  private int tombstones;
  private int broken;

  /**
   * How many records there were of each kind.
   *
   * @param takenBack chargebacks that say that there was no fraud after all
   */
  record Counts(
      int payments, int frauds, int chargebacks, int takenBack, int tombstones, int broken) {}

  PaymentLedger(PaymentsPlan plan) {
    this.truth = new TruthTable(plan);
    this.timesMs = new long[plan.payments()];
  }

  /** Takes what is published next. */
  synchronized void add(Occurrence occurrence) {
    truth.add(occurrence);
    if (occurrence instanceof Payment payment) {
      int number = Math.toIntExact(payment.number());
      timesMs[number] = payment.timeMs();
      frauds += payment.truth().fraud() ? 1 : 0;
      numbers = number + 1;
      payments++;
    } else if (occurrence instanceof Chargeback chargeback) {
      chargeback(chargeback);
    } else if (occurrence instanceof Tombstone) {
      tombstones++;
    } else if (occurrence instanceof Broken) {
      broken++;
    }
  }

  private void chargeback(Chargeback chargeback) {
    if (!chargeback.fraud()) {
      takenBack++;
      return;
    }
    int number = Math.toIntExact(chargeback.payment());
    chargebacks++;
    delaysMs.add(chargeback.timeMs() - timesMs[number]);
  }

  /** Numbers up to that of the newest payment. */
  synchronized int numbers() {
    return numbers;
  }

  synchronized Counts counts() {
    return new Counts(payments, frauds, chargebacks, takenBack, tombstones, broken);
  }

  /** The numbers that are payments. */
  synchronized BitSet payments() {
    return truth.payments();
  }

  /**
   * Payments with what was answered.
   *
   * @param probabilities of fraud, by number
   */
  synchronized JudgedPayments judged(IntToDoubleFunction probabilities, BitSet which) {
    return truth.judged(probabilities, which);
  }

  /** The same payments with the best answers that could be had. */
  synchronized JudgedPayments best(BitSet which) {
    return truth.best(which);
  }

  /** When frauds of the new pattern were charged back. */
  synchronized long[] newPatternChargebacksMs() {
    return truth.chargebacksMs(Pattern.NEW_PATTERN);
  }

  /** When labels came. */
  synchronized PaymentsReportData.Labels labels() {
    return PaymentsReportData.Labels.of(
        frauds, takenBack, delaysMs.stream().mapToLong(Long::longValue).toArray());
  }

  /** The moments of the stream. */
  PaymentsReportData.Moments moments(PaymentsPlan plan) {
    return PaymentsReportData.Moments.of(plan, newPatternChargebacksMs());
  }
}
