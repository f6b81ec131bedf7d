package dev.counterweight.demo;

import static java.util.Map.entry;

import dev.counterweight.payments.Judgement;
import dev.counterweight.protocol.FailureException;
import java.nio.file.Path;
import java.util.Map;

/**
 * The report of the payments: one HTML file that needs nothing else, neither network nor other
 * files. Titles of its plots say what there is to see. Names and values from outside are escaped.
 */
final class PaymentsReport {
  private PaymentsReport() {}

  /**
   * Writes the report to a file: whole or, if that fails, not at all.
   *
   * @throws FailureException if it cannot be written there
   */
  static void write(PaymentsReportData data, Path file) {
    ReportPage.write(html(data), file);
  }

  /** The whole report. */
  static String html(PaymentsReportData data) {
    PaymentsTitles titles = new PaymentsTitles(data);
    Map<String, String> slots =
        Map.ofEntries(
            entry("title", ReportPage.escape(data.title())),
            entry("facts", ReportPage.list(data.facts())),
            entry("figures", PaymentsTables.figures(data)),
            entry("learner_heads", PaymentsTables.heads(data)),
            entry("results", PaymentsTables.results(data)),
            entry("alert_cost", ReportPage.number(Judgement.ALERT_COST, 0)),
            entry("results_title", titles.results()),
            entry("curves_title", titles.curves()),
            entry("recall_title", titles.recallOverTime()),
            entry("recovery_title", titles.recovery()),
            entry("recovery_note", titles.recoveryNote()),
            entry("patterns_title", titles.patterns()),
            entry("calibration_title", titles.calibration()),
            entry("saved_title", titles.saved()),
            entry("labels_title", titles.labels()),
            entry("labels_note", titles.labelsNote()),
            entry("stream_title", titles.stream()),
            entry("counts", PaymentsTables.rows(data.counts())),
            entry("letters", PaymentsTables.letters(data)),
            entry("features", PaymentsTables.features(data, titles.features())),
            entry("served", PaymentsTables.served(data, titles.served())),
            entry("data", ReportPage.json(PaymentsPlots.of(data))));
    return ReportPage.fill(ReportPage.resource("payments.html"), "payments.js", slots);
  }
}
