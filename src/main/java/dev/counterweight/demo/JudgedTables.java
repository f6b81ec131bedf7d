package dev.counterweight.demo;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The report's tables of what recall costs, as HTML. */
final class JudgedTables {
  /** Classes up to which the report has room for what is decided of which. */
  private static final int MATRIX = 12;

  private JudgedTables() {}

  /** A row a class: precision, false alarms and PR AUC of both jobs. */
  static String rows(ReportData data) {
    Judged natural = data.natural().judged();
    Judged rebalanced = data.rebalanced().judged();
    StringBuilder html = new StringBuilder();
    for (String name : data.classes()) {
      html.append("<tr><th scope=\"row\">").append(Report.escape(name)).append("</th>");
      pair(html, "precision", 3, natural.precision().get(name), rebalanced.precision().get(name));
      pair(
          html,
          "false alarms",
          2,
          natural.falseAlarms().get(name),
          rebalanced.falseAlarms().get(name));
      pair(html, "PR AUC", 3, natural.prAuc().get(name), rebalanced.prAuc().get(name));
      html.append("</tr>\n");
    }
    return html.toString();
  }

  /** What each job decides, a matrix each; nothing of many classes. */
  static String matrices(ReportData data) {
    if (data.classes().size() > MATRIX) {
      return "";
    }
    return matrix("natural", data.classes(), data.natural().judged().confusion())
        + matrix("rebalanced", data.classes(), data.rebalanced().judged().confusion());
  }

  private static void pair(
      StringBuilder html,
      String label,
      int digits,
      @Nullable Double natural,
      @Nullable Double rebalanced) {
    html.append("<td class=\"natural\" data-label=\"%s\">".formatted(label))
        .append(number(natural, digits))
        .append("</td><td class=\"rebalanced\">")
        .append(number(rebalanced, digits))
        .append("</td>");
  }

  private static String matrix(
      String job, List<String> classes, Map<String, Map<String, Double>> confusion) {
    StringBuilder html = new StringBuilder();
    html.append("<table class=\"matrix %s\"><caption>%s</caption>".formatted(job, job))
        .append("<thead><tr><td></td>");
    for (int c = 0; c < classes.size(); c++) {
      html.append("<th scope=\"col\" title=\"%s\">".formatted(Report.escape(classes.get(c))))
          .append(c + 1)
          .append("</th>");
    }
    html.append("</tr></thead><tbody>\n");
    for (int c = 0; c < classes.size(); c++) {
      String name = classes.get(c);
      html.append("<tr><th scope=\"row\">%d %s</th>".formatted(c + 1, Report.escape(name)));
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
              0.85 * Math.sqrt(share),
              total > 0 ? percent(share) : "–"));
    }
  }

  private static String percent(double share) {
    return share > 0 && share < 0.005 ? "&lt;1" : Long.toString(Math.round(100 * share));
  }

  private static String number(@Nullable Double value, int digits) {
    return value == null ? "–" : String.format(Locale.ROOT, "%." + digits + "f", value);
  }
}
