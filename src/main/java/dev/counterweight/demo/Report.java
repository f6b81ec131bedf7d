package dev.counterweight.demo;

import static java.util.Map.entry;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.evaluation.Calibration;
import dev.counterweight.evaluation.Interval;
import dev.counterweight.protocol.FailureException;
import dev.counterweight.protocol.NamedMetrics;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
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
  private static final Pattern ONLY =
      Pattern.compile("<!--(one|pair)-->(.*?)<!--/\\1-->", Pattern.DOTALL);

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
    ReportPage.write(html(data), file);
  }

  /** The whole report. */
  public static String html(ReportData data) {
    Map<String, String> slots = new HashMap<>(new ReportTitles(data).slots());
    slots.putAll(
        Map.ofEntries(
            entry("title", ReportPage.escape(data.title())),
            entry("over", over(data)),
            entry("facts", ReportPage.list(data.facts())),
            entry("settings", ReportPage.list(data.settings())),
            entry("figures", figures(data)),
            entry("rows", rows(data)),
            entry("judged_rows", JudgedTables.rows(data)),
            entry("matrices", JudgedTables.matrices(data)),
            entry("features", FeatureSection.html(data)),
            entry("data", json(data))));
    return ReportPage.fill(template(data.alone() ? "one" : "pair"), "report.js", slots);
  }

  /** The template with what it says of one job or of several only. */
  private static String template(String kind) {
    return ONLY.matcher(ReportPage.resource("report.html"))
        .replaceAll(
            found -> found.group(1).equals(kind) ? Matcher.quoteReplacement(found.group(2)) : "");
  }

  /** What the plots run over: a job on its own may have stood still for days. */
  private static String over(ReportData data) {
    return data.alone() ? "events" : "time";
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
    return ReportPage.each(
        data.counts(),
        (name, count) ->
            "<tr><th scope=\"row\">%s</th><td data-label=\"events\">%s</td><td data-label=\"share\">%s</td>%s</tr>\n"
                .formatted(
                    ReportPage.escape(name),
                    ReportPage.whole(count),
                    total == 0 ? "–" : ReportPage.percent((double) count / total),
                    recallCells(data, name)));
  }

  private static String recallCells(ReportData data, String name) {
    return ReportPage.each(
        data.jobs(),
        (job, history) -> {
          Double recall = history.newest(point -> point.recall().get(name));
          return String.format(
              Locale.ROOT,
              "<td class=\"recall %s\" data-label=\"%s\"><span class=\"bar\"><i"
                  + " style=\"width:%.1f%%\"></i></span>%s%s</td>",
              job,
              data.alone() ? "recall" : job,
              recall == null ? 0 : recall * 100,
              number(recall),
              interval(history.sinceStart().recallInterval().get(name)));
        });
  }

  private static String interval(@Nullable Interval interval) {
    return interval == null
        ? ""
        : "<small>%s to %s</small>".formatted(number(interval.low()), number(interval.high()));
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
    return ReportPage.json(root);
  }

  private static String number(@Nullable Double value) {
    return ReportPage.number(value, 3);
  }
}
