package dev.counterweight.demo;

import dev.counterweight.protocol.NamedMetrics;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The report's tables of what recall costs, as HTML. */
final class JudgedTables {
  /** Classes up to which the report has room for what is decided of which. */
  private static final int MATRIX = 12;

  /** Opacity of a cell that has all of its row: in light and in dark its number stays readable. */
  private static final double SHADE = 0.5;

  private JudgedTables() {}

  /** A row a class: precision, false alarms and PR AUC of every job. */
  static String rows(ReportData data) {
    StringBuilder html = new StringBuilder();
    for (String name : data.classes()) {
      html.append("<tr><th scope=\"row\">").append(ReportPage.escape(name)).append("</th>");
      cells(html, data, "precision", 3, all -> all.decisions().precision().get(name));
      cells(html, data, "false alarms", 2, all -> all.decisions().falseAlarms().get(name));
      cells(html, data, "PR AUC", 3, all -> all.areas().prAuc().get(name));
      html.append("</tr>\n");
    }
    return html.toString();
  }

  /** What each job decides, a matrix each; of many classes only that there are many. */
  static String matrices(ReportData data) {
    if (data.classes().size() > MATRIX) {
      return "<p class=\"note\">%d classes: shown of up to %d only.</p>\n"
          .formatted(data.classes().size(), MATRIX);
    }
    return ReportPage.each(
        data.jobs(),
        (job, history) ->
            "<table class=\"matrix %s\">".formatted(job)
                + (data.alone() ? "" : "<caption>%s</caption>".formatted(job))
                + matrix(data.classes(), history.sinceStart().confusion()));
  }

  private static void cells(
      StringBuilder html,
      ReportData data,
      String label,
      int digits,
      Function<NamedMetrics, @Nullable Double> figure) {
    String of = " data-label=\"%s\"".formatted(label);
    for (Map.Entry<String, JobHistory> job : data.jobs().entrySet()) {
      html.append("<td class=\"%s\"%s>".formatted(job.getKey(), of))
          .append(ReportPage.number(figure.apply(job.getValue().sinceStart()), digits))
          .append("</td>");
      // On a phone, the second of a pair stands beside the first, under one label.
      of = "";
    }
  }

  private static String matrix(List<String> classes, Map<String, Map<String, Double>> confusion) {
    StringBuilder html = new StringBuilder();
    html.append("<thead><tr><td></td>");
    for (int c = 0; c < classes.size(); c++) {
      html.append("<th scope=\"col\" title=\"%s\">".formatted(ReportPage.escape(classes.get(c))))
          .append(c + 1)
          .append("</th>");
    }
    html.append("</tr></thead><tbody>\n");
    for (int c = 0; c < classes.size(); c++) {
      String name = classes.get(c);
      html.append("<tr><th scope=\"row\">%d %s</th>".formatted(c + 1, ReportPage.escape(name)));
      cells(html, classes, c, confusion.getOrDefault(name, Map.of()));
      html.append("</tr>\n");
    }
    return html.append("</tbody></table>\n").toString();
  }

  private static void cells(
      StringBuilder html, List<String> classes, int own, Map<String, Double> row) {
    double total = row.values().stream().mapToDouble(Double::doubleValue).sum();
    for (int j = 0; j < classes.size(); j++) {
      double share = total > 0 ? row.getOrDefault(classes.get(j), 0.0) / total : 0;
      html.append(
          String.format(
              Locale.ROOT,
              "<td class=\"%s\"><i style=\"opacity:%.2f\"></i><span>%s</span></td>",
              own == j ? "right" : "wrong",
              SHADE * Math.sqrt(share),
              total > 0 ? percent(share) : "–"));
    }
  }

  private static String percent(double share) {
    return share > 0 && share < 0.005 ? "&lt;1" : Long.toString(Math.round(100 * share));
  }
}
