package dev.counterweight.demo;

import dev.counterweight.demo.PaymentsReportData.Feature;
import dev.counterweight.demo.PaymentsReportData.Labels;
import dev.counterweight.demo.PaymentsReportData.Learner;
import dev.counterweight.demo.PaymentsReportData.Moments;
import dev.counterweight.demo.PaymentsReportData.Served;
import dev.counterweight.payments.Chargeback;
import dev.counterweight.payments.Estimate;
import dev.counterweight.payments.JudgedPayments;
import dev.counterweight.payments.Pattern;
import dev.counterweight.payments.Payment;
import dev.counterweight.payments.PaymentStream;
import dev.counterweight.payments.PaymentsPlan;
import dev.counterweight.payments.TruthTable;
import java.nio.file.Path;
import java.time.Instant;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.LongStream;

/** The report of a real stream, whose learners are made up: who knows it all, and noise. */
public final class PaymentsReportExample {
  private static final long SEED = 7;
  private static final double LEARNT_DAYS = 9;

  private PaymentsReportExample() {}

  /** Writes the report to a file: what a browser is shown in a test of another package. */
  public static void write(Path file) {
    PaymentsReport.write(data(40_000), file);
  }

  static PaymentsReportData data(int payments) {
    PaymentsPlan plan = PaymentsPlan.of(payments, SEED, Instant.parse("2026-09-21T00:00:00Z"));
    TruthTable truth = new TruthTable(plan);
    double[] natural = new double[payments];
    double[] rebalanced = new double[payments];
    long[] paidMs = new long[payments];
    LongStream.Builder delays = LongStream.builder();
    Random random = new Random(SEED);
    new PaymentStream(plan)
        .forEachRemaining(
            next -> {
              truth.add(next);
              if (next instanceof Payment payment) {
                int number = (int) payment.number();
                paidMs[number] = payment.timeMs();
                double pull = learnt(plan, payment);
                natural[number] = noisy(payment, 0.75 * pull, 1.2, random);
                rebalanced[number] = noisy(payment, pull, 0.45, random);
              } else if (next instanceof Chargeback back && back.fraud()) {
                delays.add(back.timeMs() - paidMs[(int) back.payment()]);
              }
            });
    return data(plan, truth, natural, rebalanced, delays.build().toArray());
  }

  private static PaymentsReportData data(
      PaymentsPlan plan, TruthTable truth, double[] natural, double[] rebalanced, long[] delaysMs) {
    BitSet all = truth.payments();
    JudgedPayments best = truth.best(all);
    long[] backs = truth.chargebacksMs(Pattern.NEW_PATTERN);
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Payments", "40,000");
    facts.put("Frauds", best.frauds() + " (0.4 %)");
    facts.put("Event time", "70 days");
    facts.put("Seed", "7");
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("payments", (long) all.cardinality());
    counts.put("chargebacks", (long) delaysMs.length);
    counts.put("deletions", 22L);
    counts.put("broken records", 41L);
    return new PaymentsReportData(
        "Ten weeks of card payments, 0.4 % of them fraud",
        facts,
        counts,
        Moments.of(plan, backs),
        List.of(
            learner(
                PaymentsReportData.NATURAL, plan, truth.judged(n -> natural[n], all), best, backs),
            learner(
                PaymentsReportData.REBALANCED,
                plan,
                truth.judged(n -> rebalanced[n], all),
                best,
                backs),
            Learner.best(plan, best, SEED)),
        Labels.of(best.frauds(), 3, delaysMs),
        List.of(
            new Feature("merchant.category", 0.31),
            new Feature("amount", 0.24),
            new Feature("card.last_hour", 0.2),
            new Feature("device.age_days", 0.15),
            new Feature("card.country", 0.1)),
        new Served(
            39_937, 30_112, new Estimate(0.71, 0.62, 0.79), new Estimate(0.34, 0.29, 0.4), 0.0131),
        Map.of("Avro value ends too early", 20L, "unknown schema id", 21L));
  }

  private static Learner learner(
      String name, PaymentsPlan plan, JudgedPayments served, JudgedPayments best, long[] backs) {
    return Learner.of(name, plan, served, best, backs, SEED);
  }

  /** Fraud of the new pattern is not known before its labels have come for some days. */
  private static double learnt(PaymentsPlan plan, Payment payment) {
    if (payment.truth().pattern() != Pattern.NEW_PATTERN) {
      return 1;
    }
    return Math.min(1, (payment.timeMs() - plan.newPatternMs()) / (LEARNT_DAYS * 86_400_000));
  }

  private static double noisy(Payment payment, double pull, double noise, Random random) {
    double bayes = Math.min(1 - 1e-9, Math.max(1e-9, payment.truth().bayes()));
    double logit = Math.log(bayes / (1 - bayes));
    double base = Math.log(0.004);
    double moved = base + pull * (logit - base) + noise * random.nextGaussian();
    return 1 / (1 + Math.exp(-moved));
  }
}
