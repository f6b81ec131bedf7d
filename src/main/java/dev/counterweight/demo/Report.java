package dev.counterweight.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The report of a demo: one HTML file that needs nothing else, neither network nor other files.
 * Plots by Chart.js, which is written into it. Names and values from outside are escaped.
 */
public final class Report {
  private static final String CHART_JS =
      "/META-INF/resources/webjars/chart.js/4.5.1/dist/chart.umd.min.js";
  private static final Pattern SLOT = Pattern.compile("\\{\\{([a-z_]+)}}");
  private static final Pattern SOURCE_MAP = Pattern.compile("//# sourceMappingURL=\\S+");
  private static final ObjectMapper JSON = new ObjectMapper();

  private Report() {}

  /** Writes the report to a file. */
  public static void write(ReportData data, Path file) {
    try {
      Files.writeString(file, html(data));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file, e);
    }
  }

  /** The whole report. */
  public static String html(ReportData data) {
    Map<String, String> slots =
        Map.of(
            "title", escape(data.title()),
            "style", resource("/dev/counterweight/demo/report.css"),
            "facts", facts(data),
            "figures", figures(data),
            "rows", rows(data),
            "judged_rows", JudgedTables.rows(data),
            "matrices", JudgedTables.matrices(data),
            "data", json(data),
            "chart_js", SOURCE_MAP.matcher(resource(CHART_JS)).replaceAll(""),
            "script", resource("/dev/counterweight/demo/report.js"));
    Matcher slot = SLOT.matcher(resource("/dev/counterweight/demo/report.html"));
    // One pass: what is filled in is never itself searched for slots.
    return slot.replaceAll(
        found -> Matcher.quoteReplacement(slots.getOrDefault(found.group(1), found.group())));
  }

  private static String facts(ReportData data) {
    StringBuilder html = new StringBuilder();
    data.facts()
        .forEach(
            (name, value) ->
                html.append("<div><dt>")
                    .append(escape(name))
                    .append("</dt><dd>")
                    .append(escape(value))
                    .append("</dd></div>\n"));
    return html.toString();
  }

  private static String figures(ReportData data) {
    MetricsPoint natural = data.natural().latest();
    MetricsPoint rebalanced = data.rebalanced().latest();
    return figure(
            "G-mean",
            "geometric mean of the classes' recalls",
            natural == null ? null : natural.gmean(),
            rebalanced == null ? null : rebalanced.gmean())
        + figure(
            "Balanced accuracy",
            "plain mean of the classes' recalls",
            natural == null ? null : natural.balancedAccuracy(),
            rebalanced == null ? null : rebalanced.balancedAccuracy());
  }

  private static String figure(
      String name, String meaning, @Nullable Double natural, @Nullable Double rebalanced) {
    return """
    <div class="figure">
    <h2>%s</h2>
    <p class="pair"><span class="natural"><b>%s</b> natural</span>
    <span class="rebalanced"><b>%s</b> rebalanced</span></p>
    <p class="meaning">%s</p>
    </div>
    """
        .formatted(name, number(natural), number(rebalanced), meaning);
  }

  private static String rows(ReportData data) {
    long total = data.counts().values().stream().mapToLong(Long::longValue).sum();
    StringBuilder html = new StringBuilder();
    data.counts()
        .forEach(
            (name, count) ->
                html.append("<tr><th scope=\"row\">")
                    .append(escape(name))
                    .append("</th><td data-label=\"events\">")
                    .append(String.format(Locale.ROOT, "%,d", count))
                    .append("</td><td data-label=\"share\">")
                    .append(total == 0 ? "–" : percent((double) count / total))
                    .append("</td>")
                    .append(recallCell(data.natural(), "natural", name))
                    .append(recallCell(data.rebalanced(), "rebalanced", name))
                    .append("</tr>\n"));
    return html.toString();
  }

  private static String recallCell(JobHistory job, String kind, String name) {
    MetricsPoint latest = job.latest();
    Double recall = latest == null ? null : latest.recall().get(name);
    double width = recall == null ? 0 : recall * 100;
    return String.format(
        Locale.ROOT,
        "<td class=\"recall %s\" data-label=\"%s\"><span class=\"bar\"><i"
            + " style=\"width:%.1f%%\"></i></span>%s</td>",
        kind,
        kind,
        width,
        number(recall));
  }

  private static String json(ReportData data) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("classes", data.classes());
    root.put("counts", data.counts());
    Map<String, Object> judged = new LinkedHashMap<>();
    judged.put("natural", data.natural().judged());
    judged.put("rebalanced", data.rebalanced().judged());
    root.put("judged", judged);
    root.put("natural", data.natural());
    root.put("rebalanced", data.rebalanced());
    try {
      // These occur in JSON only inside strings; as escapes they cannot end the script element.
      return JSON.writeValueAsString(root)
          .replace("&", "\\u0026")
          .replace("<", "\\u003c")
          .replace(">", "\\u003e");
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String number(@Nullable Double value) {
    return value == null ? "–" : String.format(Locale.ROOT, "%.3f", value);
  }

  private static String percent(double share) {
    double percent = share * 100;
    return String.format(Locale.ROOT, percent < 0.1 ? "%.3f %%" : "%.1f %%", percent);
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;")
        .replace("'", "&#39;");
  }

  private static String resource(String path) {
    try (InputStream in = Report.class.getResourceAsStream(path)) {
      if (in == null) {
        throw new IllegalStateException(path + " is not on the class path");
      }
      return new String(in.readAllBytes(), UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
