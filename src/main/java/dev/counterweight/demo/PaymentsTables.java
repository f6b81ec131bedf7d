package dev.counterweight.demo;

import dev.counterweight.demo.PaymentsReportData.Learner;
import dev.counterweight.demo.PaymentsReportData.Served;
import dev.counterweight.payments.Estimate;
import dev.counterweight.payments.Judgement;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The tables of the payments' report, as HTML: each figure with its interval. */
final class PaymentsTables {
  private PaymentsTables() {}

  /** The figures to read first. */
  static String figures(PaymentsReportData data) {
    return figure(data, "Frauds found by alerts on 1 % of the payments", 2, Judgement::recallAt1)
        + figure(data, "PR AUC", 2, Judgement::prAuc)
        + figure(data, "Saved by alerts", 0, Judgement::saved);
  }

  private static String figure(
      PaymentsReportData data, String name, int digits, Function<Judgement, Estimate> of) {
    StringBuilder html = new StringBuilder();
    html.append("<div class=\"figure\">\n<h2>%s</h2>\n<p class=\"pair\">".formatted(name));
    for (Learner one : data.learners()) {
      Estimate value = of.apply(one.last());
      html.append("<span class=\"%s\"><b>%s</b>".formatted(style(one), figure(value, digits)))
          .append(ReportPage.escape(one.name()))
          .append("<small>%s</small></span>\n".formatted(interval(value, digits)));
    }
    return html.append("</p>\n<p class=\"meaning\">last quarter, with 95 % intervals</p>\n</div>\n")
        .toString();
  }

  /** The column heads of the learners. */
  static String heads(PaymentsReportData data) {
    return data.learners().stream()
        .map(
            one ->
                "<th scope=\"col\" class=\"%s\">%s</th>"
                    .formatted(style(one), ReportPage.escape(one.name())))
        .collect(Collectors.joining());
  }

  /** A group of rows for each stretch of time that is judged. */
  static String results(PaymentsReportData data) {
    return group(data, "Last quarter of the time", Learner::last)
        + group(data, "All but the first quarter", Learner::settled);
  }

  private static String group(
      PaymentsReportData data, String name, Function<Learner, Judgement> over) {
    StringBuilder html = new StringBuilder("<tbody>\n");
    Judgement any = over.apply(data.learners().get(0));
    html.append(
        "<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"%d\">%s: %s payments, %s frauds</th></tr>\n"
            .formatted(
                data.learners().size() + 1,
                name,
                ReportPage.whole(any.payments()),
                ReportPage.whole(any.frauds())));
    row(html, data, "Recall at 1 % alerts", 3, one -> over.apply(one).recallAt1());
    row(html, data, "Recall at 5 % alerts", 3, one -> over.apply(one).recallAt5());
    row(html, data, "PR AUC", 3, one -> over.apply(one).prAuc());
    row(html, data, "Log loss", 4, one -> over.apply(one).logLoss());
    row(html, data, "ECE", 4, one -> over.apply(one).ece());
    row(html, data, "Saved", 0, one -> over.apply(one).saved());
    return html.append("</tbody>\n").toString();
  }

  private static void row(
      StringBuilder html,
      PaymentsReportData data,
      String name,
      int digits,
      Function<Learner, Estimate> of) {
    html.append("<tr><th scope=\"row\">%s</th>".formatted(name));
    for (Learner one : data.learners()) {
      Estimate value = of.apply(one);
      html.append(
          "<td class=\"%s\" data-label=\"%s\"><b>%s</b> <small>%s</small></td>"
              .formatted(
                  style(one),
                  ReportPage.escape(one.name()),
                  figure(value, digits),
                  interval(value, digits)));
    }
    html.append("</tr>\n");
  }

  /** A row a name. */
  static String rows(Map<String, Long> counts) {
    return ReportPage.each(
        counts,
        (name, count) ->
            "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n"
                .formatted(ReportPage.escape(name), ReportPage.whole(count)));
  }

  /** What could not be read, by reason; nothing if all could be. */
  static String letters(PaymentsReportData data) {
    return data.deadLetters().isEmpty()
        ? ""
        : """
        <table class="wraps">
        <thead><tr><th scope="col">Dead letters by reason</th><th scope="col">Records</th></tr></thead>
        <tbody>
        %s</tbody>
        </table>
        """
            .formatted(rows(data.deadLetters()));
  }

  /** What moved the answers; nothing where it is not known. */
  static String features(PaymentsReportData data, String title) {
    return data.features().isEmpty()
        ? ""
        : """
        <section class="card">
        <p class="topic">Features that mattered</p>
        <h2>%s</h2>
        <div class="plot"><canvas id="features" role="img" aria-label="Bar chart: share of what each feature moved the rebalanced job's answers by."></canvas></div>
        <p class="note">How far each moved the score (log odds of fraud) from that of its mean, as a share of what all moved it.</p>
        </section>
        """
            .formatted(title);
  }

  /** What the job knew of itself; nothing where it does not tell. */
  static String served(PaymentsReportData data, String title) {
    Served served = data.served();
    if (served == null) {
      return "";
    }
    return """
    <section class="card">
    <p class="topic">Served, and judged later</p>
    <h2>%s</h2>
    <dl class="facts settings">
    %s</dl>
    <p class="note">What the job's own judge measured while it ran: each answer as it was served, against the label that came later. It knows no truth: frauds that nobody charged back are good payments to it.</p>
    </section>
    """
        .formatted(title, ReportPage.list(entries(served)));
  }

  private static Map<String, String> entries(Served served) {
    Map<String, String> entries = new LinkedHashMap<>();
    entries.put("Answers served", ReportPage.whole(served.scored()));
    entries.put("Judged by a label", ReportPage.whole(served.judged()));
    entries.put("Recall, as decided", with(served.recall(), 3));
    entries.put("Precision, as decided", with(served.precision(), 3));
    entries.put("Log loss", ReportPage.number(served.logLoss(), 4));
    return entries;
  }

  /** A figure and its interval, in a sentence. */
  static String with(Estimate value, int digits) {
    String interval = interval(value, digits);
    return figure(value, digits) + (interval.isEmpty() ? "" : " (" + interval + ")");
  }

  private static String figure(Estimate value, int digits) {
    if (!value.known()) {
      return "–";
    }
    return digits == 0 ? whole(value.value()) : ReportPage.number(value.value(), digits);
  }

  private static String interval(Estimate value, int digits) {
    if (Double.isNaN(value.low()) || Double.isNaN(value.high())) {
      return "";
    }
    return digits == 0
        ? whole(value.low()) + " to " + whole(value.high())
        : ReportPage.number(value.low(), digits) + " to " + ReportPage.number(value.high(), digits);
  }

  private static String whole(double value) {
    return String.format(Locale.ROOT, "%,.0f", value).replace('-', '−');
  }

  /** The class that has the colour of a learner. */
  private static String style(Learner one) {
    return one.name().equals(PaymentsReportData.BAYES) ? "best" : ReportPage.escape(one.name());
  }
}
