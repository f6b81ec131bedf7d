package dev.counterweight.demo;

import dev.counterweight.demo.PaymentsReportData.Learner;
import dev.counterweight.payments.Estimate;
import dev.counterweight.payments.Judgement;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/** How good answers to payments were, as text: over the last quarter, then since the first one. */
final class PaymentsTable {
  /** What is told of each learner, in this order. */
  static final Map<String, Function<Judgement, Estimate>> ROWS = rows();

  private static final int LABEL = 34;
  private static final int CELL = 12;

  private PaymentsTable() {}

  static String of(PaymentsReportData data) {
    StringBuilder text = new StringBuilder();
    part(text, data, "last quarter", Learner::last);
    share(text, data);
    text.append(System.lineSeparator());
    part(text, data, "after the first quarter", Learner::settled);
    return text.toString();
  }

  private static Map<String, Function<Judgement, Estimate>> rows() {
    Map<String, Function<Judgement, Estimate>> rows = new LinkedHashMap<>();
    rows.put("recall of fraud at 1 % alerts", Judgement::recallAt1);
    rows.put("recall of fraud at 5 % alerts", Judgement::recallAt5);
    rows.put("PR AUC", Judgement::prAuc);
    rows.put("log loss", Judgement::logLoss);
    rows.put("ECE", Judgement::ece);
    rows.put("cost saved", Judgement::saved);
    return Collections.unmodifiableMap(rows);
  }

  private static void part(
      StringBuilder text,
      PaymentsReportData data,
      String when,
      Function<Learner, Judgement> judgement) {
    Judgement first = judgement.apply(data.learners().get(0));
    text.append(
        label("%s: %,d payments, %,d frauds".formatted(when, first.payments(), first.frauds())));
    text.append(System.lineSeparator()).append(label(""));
    data.learners().forEach(learner -> text.append(cell(learner.name())));
    text.append(System.lineSeparator());
    ROWS.forEach(
        (name, figure) -> {
          text.append(label(name));
          for (Learner learner : data.learners()) {
            text.append(cell(number(name, figure.apply(judgement.apply(learner)))));
          }
          text.append(System.lineSeparator());
        });
  }

  /** What share of the best that could be had was had. */
  private static void share(StringBuilder text, PaymentsReportData data) {
    text.append(label("PR AUC as a share of Bayes'"));
    for (Learner learner : data.learners()) {
      text.append(
          cell(learner.besideBest() == null ? "" : decimals(learner.besideBest().prAuc(), 2)));
    }
    text.append(System.lineSeparator());
  }

  private static String number(String name, Estimate estimate) {
    return switch (name) {
      case "cost saved" -> decimals(estimate, 0);
      case "log loss", "ECE" -> decimals(estimate, 4);
      default -> decimals(estimate, 3);
    };
  }

  private static String decimals(Estimate estimate, int digits) {
    return estimate.known()
        ? String.format(Locale.ROOT, "%,." + digits + "f", estimate.value())
        : "-";
  }

  private static String label(String name) {
    return String.format(Locale.ROOT, "%-" + LABEL + "s", name);
  }

  private static String cell(String text) {
    return String.format(Locale.ROOT, "%" + CELL + "s", text);
  }
}
