package dev.counterweight.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.PaymentsReportData.Feature;
import dev.counterweight.demo.PaymentsReportData.Learner;
import dev.counterweight.demo.PaymentsReportData.Served;
import dev.counterweight.payments.Estimate;
import dev.counterweight.payments.JudgedPayments;
import dev.counterweight.payments.PaymentsPlan;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a demo of payments came to: by the truth, and by what the judge knew of it. Owned by the
 * demo's thread.
 */
final class PaymentsOutcome {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final double LEARNT = 0.25;

  private final Scenario.Stage stage;
  private final PaymentsPlan plan;
  private final PaymentLedger ledger;
  private final ServedPayments natural;
  private final ServedPayments rebalanced;
  private @Nullable Served served;

  PaymentsOutcome(
      Scenario.Stage stage,
      PaymentsPlan plan,
      PaymentLedger ledger,
      ServedPayments natural,
      ServedPayments rebalanced) {
    this.stage = stage;
    this.plan = plan;
    this.ledger = ledger;
    this.natural = natural;
    this.rebalanced = rebalanced;
  }

  /** Writes the report with the figures there are now, over that written before. */
  Scenario.Outcome write() {
    ask();
    natural.followToEnd();
    rebalanced.followToEnd();
    PaymentsReportData data = report();
    PaymentsReport.write(data, stage.folder().report());
    return new Scenario.Outcome(PaymentsTable.of(data), summary(data));
  }

  private PaymentsReportData report() {
    BitSet which = answeredByBoth();
    JudgedPayments best = learnt(ledger.best(which));
    return new PaymentsReportData(
        "Card payments: ten weeks, and chargebacks that come days later",
        facts(),
        counts(),
        ledger.moments(plan),
        List.of(
            learner(PaymentsReportData.NATURAL, natural, which, best),
            learner(PaymentsReportData.REBALANCED, rebalanced, which, best),
            Learner.best(plan, best, plan.seed())),
        ledger.labels(),
        features(),
        served,
        rebalanced.letters());
  }

  private BitSet answeredByBoth() {
    BitSet which = ledger.payments();
    for (int n = which.nextSetBit(0); n >= 0; n = which.nextSetBit(n + 1)) {
      if (Double.isNaN(natural.score(n)) || Double.isNaN(rebalanced.score(n))) {
        which.clear(n);
      }
    }
    return which;
  }

  /** Those after the first quarter: before it there was nothing to learn from. */
  private JudgedPayments learnt(JudgedPayments payments) {
    return payments.between(plan.at(LEARNT), plan.endMs());
  }

  private Learner learner(String name, ServedPayments answers, BitSet which, JudgedPayments best) {
    return Learner.of(
        name,
        plan,
        learnt(ledger.judged(answers::score, which)),
        best,
        ledger.newPatternChargebacksMs(),
        plan.seed());
  }

  private Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Data", "made, with a known truth");
    facts.put("Model", "linear, class weights power(0.5): labelled frauds are few");
    facts.put("Event time", plan.span().toDays() + " days");
    facts.put("Pace", stage.options().pace("payments"));
    facts.put("Seed", Long.toString(plan.seed()));
    facts.put(
        "Ends", Instant.ofEpochMilli(plan.endMs()).truncatedTo(ChronoUnit.SECONDS).toString());
    return facts;
  }

  private Map<String, Long> counts() {
    PaymentLedger.Counts counts = ledger.counts();
    Map<String, Long> all = new LinkedHashMap<>();
    all.put("payments", (long) counts.payments());
    all.put("frauds among them", (long) counts.frauds());
    all.put("chargebacks", (long) counts.chargebacks());
    all.put("taken back", (long) counts.takenBack());
    all.put("tombstones", (long) counts.tombstones());
    all.put("broken records", (long) counts.broken());
    return all;
  }

  /** Those that moved the rebalanced job's answers most first, each by its share in the sum. */
  private List<Feature> features() {
    double sum = rebalanced.moved().values().stream().mapToDouble(Double::doubleValue).sum();
    return rebalanced.moved().entrySet().stream()
        .map(moved -> new Feature(moved.getKey(), moved.getValue() / sum))
        .sorted(Comparator.comparingDouble(Feature::share).reversed())
        .toList();
  }

  /** Takes in what the judge knows, which nobody can ask when it has ended. */
  void ask() {
    stage.jobs().rebalanced().runner().roles().stream()
        .flatMap(role -> role.jsonPages().entrySet().stream())
        .filter(page -> page.getKey().equals("/served"))
        .flatMap(page -> page.getValue().get().stream())
        .findFirst()
        .ifPresent(json -> served = served(json));
  }

  private Served served(String json) {
    JsonNode page;
    try {
      page = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("the judge's page is no JSON: " + json, e);
    }
    int frauds = page.at("/labels/" + PaymentsJobs.FRAUD).asInt();
    int hits = (int) Math.round(frauds * page.at("/recall/" + PaymentsJobs.FRAUD).asDouble());
    double precision = page.at("/precision/" + PaymentsJobs.FRAUD).asDouble();
    int decided = precision > 0 ? (int) Math.round(hits / precision) : 0;
    return new Served(
        rebalanced.scored(),
        page.path("judged").asLong(),
        Estimate.share(hits, frauds),
        Estimate.share(hits, decided),
        page.path("log_loss").asDouble(Double.NaN));
  }

  private Map<String, Object> summary(PaymentsReportData data) {
    Map<String, Object> summary = new LinkedHashMap<>();
    summary.put("start_ms", plan.startMs());
    summary.put("counts", data.counts());
    summary.put("dead_letters", data.deadLetters());
    summary.put("labelled", rebalanced.labelled());
    summary.put("corrected", rebalanced.corrected());
    summary.put("unscored", rebalanced.unscored());
    for (Learner learner : data.learners()) {
      summary.put(learner.name().toLowerCase(Locale.ROOT), figures(learner));
    }
    summary.put("jobs", stage.jobs().summaries());
    return summary;
  }

  private Map<String, Object> figures(Learner learner) {
    Map<String, Object> figures = new LinkedHashMap<>();
    if (!learner.name().equals(PaymentsReportData.BAYES)) {
      ServedPayments answers =
          learner.name().equals(PaymentsReportData.NATURAL) ? natural : rebalanced;
      figures.put("scored", answers.scored());
      figures.put("scored_again", answers.again());
    }
    PaymentsTable.ROWS.forEach(
        (name, figure) -> figures.put(name, figure.apply(learner.last()).value()));
    if (learner.besideBest() != null) {
      figures.put("PR AUC beside Bayes", learner.besideBest().prAuc().value());
    }
    if (learner.recovery() != null && learner.recovery().labelled().isPresent()) {
      figures.put("labels to recovery", learner.recovery().labelled().getAsInt());
    }
    return figures;
  }
}
