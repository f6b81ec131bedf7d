package dev.counterweight.demo;

import static java.util.Map.entry;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.evaluation.Calibration;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.runtime.Resource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The report of one job, or of several side by side: one HTML file that needs nothing else, neither
 * network nor other files. Plots by Chart.js, which is written into it. Names and values from
 * outside are escaped.
 */
public final class Report {
  private static final Pattern SLOT = Pattern.compile("\\{\\{([a-z_]+)}}");
  private static final Pattern ONLY =
      Pattern.compile("<!--(one|pair)-->(.*?)<!--/\\1-->", Pattern.DOTALL);
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Whether a job's probabilities hold.
   *
   * @param ece mean gap between the largest probability and the share that is right
   */
  private record Trust(List<Bar> reliability, @Nullable Double ece) {

    /**
     * A bar of the reliability diagram.
     *
     * @param share of the rows, from 0 to 1
     * @param probability mean of the largest given to them
     * @param right share of them of that class
     */
    private record Bar(double share, double probability, double right) {}

    static Trust of(NamedMetrics metrics) {
      double total = metrics.reliability().stream().mapToDouble(Calibration.Bar::weight).sum();
      return new Trust(
          metrics.reliability().stream()
              .map(b -> new Bar(b.weight() / total, b.confidence(), b.accuracy()))
              .toList(),
          metrics.probabilities().ece());
    }
  }

  private Report() {}

  /**
   * Writes the report to a file: whole or, if that fails, not at all.
   *
   * @throws FailureException if it cannot be written there
   */
  public static void write(ReportData data, Path file) {
    Path whole = file.toAbsolutePath();
    Path temporary = whole.resolveSibling(".tmp-" + UUID.randomUUID() + ".html");
    try {
      if (Files.isDirectory(whole)) {
        throw new FileSystemException(file.toString(), null, "is a folder");
      }
      try {
        Files.writeString(temporary, html(data));
        Files.move(temporary, whole, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      String why =
          Files.isDirectory(temporary.resolveSibling("."))
              ? e.getMessage()
              : "its folder does not exist";
      throw new FailureException("the report cannot be written to " + file + ": " + why, e);
    }
  }

  /** The whole report. */
  public static String html(ReportData data) {
    Map<String, String> slots =
        Map.ofEntries(
            entry("title", escape(data.title())),
            entry(
                "style",
                Resource.text(Resource.TOKENS_CSS)
                    + Resource.text("/dev/counterweight/demo/report.css")),
            entry("over", over(data)),
            entry("facts", list(data.facts())),
            entry("settings", list(data.settings())),
            entry("figures", figures(data)),
            entry("rows", rows(data)),
            entry("judged_rows", JudgedTables.rows(data)),
            entry("matrices", JudgedTables.matrices(data)),
            entry("features", FeatureSection.html(data)),
            entry("data", json(data)),
            entry("chart_js", Resource.text(Resource.CHART_JS)),
            entry("script", Resource.text("/dev/counterweight/demo/report.js")));
    Matcher slot = SLOT.matcher(template(data.alone() ? "one" : "pair"));
    // One pass: what is filled in is never itself searched for slots.
    return slot.replaceAll(
        found -> Matcher.quoteReplacement(slots.getOrDefault(found.group(1), found.group())));
  }

  /** The template with what it says of one job or of several only. */
  private static String template(String kind) {
    return ONLY.matcher(Resource.text("/dev/counterweight/demo/report.html"))
        .replaceAll(
            found -> found.group(1).equals(kind) ? Matcher.quoteReplacement(found.group(2)) : "");
  }

  /** What the plots run over: a job on its own may have stood still for days. */
  private static String over(ReportData data) {
    return data.alone() ? "events" : "time";
  }

  private static String list(Map<String, String> entries) {
    StringBuilder html = new StringBuilder();
    entries.forEach(
        (name, value) ->
            html.append("<div><dt>")
                .append(escape(name))
                .append("</dt><dd>")
                .append(escape(value))
                .append("</dd></div>\n"));
    return html.toString();
  }

  private static String figures(ReportData data) {
    return figure(data, "G-mean", "geometric mean of the classes' recalls", MetricsPoint::gmean)
        + figure(
            data,
            "Balanced accuracy",
            "plain mean of the classes' recalls",
            MetricsPoint::balancedAccuracy);
  }

  private static String figure(
      ReportData data,
      String name,
      String meaning,
      Function<MetricsPoint, @Nullable Double> figure) {
    String values =
        data.jobs().entrySet().stream()
            .map(
                job ->
                    "<span class=\"%s\"><b>%s</b>%s</span>"
                        .formatted(
                            job.getKey(),
                            number(job.getValue().newest(figure)),
                            data.alone() ? "" : " " + job.getKey()))
            .collect(Collectors.joining("\n"));
    return """
    <div class="figure">
    <h2>%s</h2>
    <p class="pair">%s</p>
    <p class="meaning">%s</p>
    </div>
    """
        .formatted(name, values, meaning);
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
                    .append(recallCells(data, name))
                    .append("</tr>\n"));
    return html.toString();
  }

  private static String recallCells(ReportData data, String name) {
    StringBuilder html = new StringBuilder();
    data.jobs()
        .forEach(
            (job, history) -> {
              Double recall = history.newest(point -> point.recall().get(name));
              html.append(
                  String.format(
                      Locale.ROOT,
                      "<td class=\"recall %s\" data-label=\"%s\"><span class=\"bar\"><i"
                          + " style=\"width:%.1f%%\"></i></span>%s</td>",
                      job,
                      data.alone() ? "recall" : job,
                      recall == null ? 0 : recall * 100,
                      number(recall)));
            });
    return html.toString();
  }

  private static String json(ReportData data) {
    Map<String, Object> root = new LinkedHashMap<>();
    root.put("classes", data.classes());
    root.put("counts", data.counts());
    root.put("over", over(data));
    root.put("jobs", data.jobs().keySet());
    Map<String, Trust> judged = new LinkedHashMap<>();
    data.jobs().forEach((job, history) -> judged.put(job, Trust.of(history.sinceStart())));
    root.put("judged", judged);
    root.put("missing", FeatureSection.missing(data));
    root.put("unseen", FeatureSection.unseen(data));
    root.putAll(data.jobs());
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
    return number(value, 3);
  }

  /** A number of so many decimals, or a dash for what is not defined. */
  static String number(@Nullable Double value, int digits) {
    return value == null ? "–" : String.format(Locale.ROOT, "%." + digits + "f", value);
  }

  static String percent(double share) {
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
}
