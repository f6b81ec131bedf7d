package dev.counterweight.quality;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/** What the runs of one command came to: a table, a JSON file, a page with plots. */
final class QualityReport {
  private static final String STYLE =
      "body{font:14px/1.5 sans-serif;margin:2em;max-width:1250px}table{border-collapse:collapse}"
          + "td,th{padding:.2em .7em;text-align:right;border-bottom:1px solid #ddd}"
          + "td:first-child,th:first-child{text-align:left}"
          + ".plots{display:grid;grid-template-columns:1fr 1fr;gap:1em}"
          + "svg{width:100%;font:11px sans-serif}.grid{stroke:#ddd}.title{font-weight:bold}"
          + ".tick{fill:#666}";

  private final List<QualityRun> runs;
  private final Peers peers;

  QualityReport(List<QualityRun> runs, Peers peers) {
    this.runs = List.copyOf(runs);
    this.peers = peers;
  }

  /** What one run came to, in a line. */
  static String line(QualityRun run) {
    QualityReport report = new QualityReport(List.of(run), new Peers(List.of()));
    return report.table().lines().skip(1).findFirst().orElse("");
  }

  /** All of it. */
  String text() {
    return String.join("\n", table(), recalls(), standings(), recoveries()).strip() + "\n";
  }

  /** Jobs and stored peers, the best first, a line a data set and figure. */
  String standings() {
    return new Standings(peers).of(List.copyOf(groups().values()));
  }

  /** How soon jobs are good again on streams that change, all seeds and changes together. */
  String recoveries() {
    StringBuilder text = new StringBuilder();
    groups()
        .forEach(
            (name, group) -> {
              Recovery recovery =
                  Recovery.of(
                      group.stream()
                          .map(QualityRun::watched)
                          .filter(Objects::nonNull)
                          .map(Watched::recovery)
                          .filter(Objects::nonNull)
                          .toList());
              if (recovery != null) {
                QualityRun first = group.get(0);
                text.append(name)
                    .append(": ")
                    .append(recovery.told(first.classes(), first.rarest()))
                    .append('\n');
              }
            });
    return text.toString();
  }

  /** Medians and ranges over the seeds, a line a data set and variant. */
  String table() {
    StringBuilder text = new StringBuilder("%-36s".formatted("data, variant, seeds"));
    QualityRun.FIGURES.forEach(name -> text.append("%26s".formatted(name)));
    text.append('\n');
    groups()
        .forEach(
            (name, group) -> {
              text.append("%-36s".formatted(name + " x" + group.size()));
              QualityRun.FIGURES.forEach(
                  figure -> text.append("%26s".formatted(spread(group, figure))));
              text.append('\n');
            });
    return text.toString();
  }

  /** Recall of each class with its count, medians over the seeds. */
  String recalls() {
    StringBuilder text = new StringBuilder();
    groups()
        .forEach(
            (name, group) -> {
              text.append(name).append(": ");
              QualityRun first = group.get(0);
              text.append(
                  first.classes().stream()
                      .map(
                          c ->
                              format(
                                  "%s %s (%d)",
                                  c, spread(values(group, "recall", c)), first.count(c)))
                      .collect(Collectors.joining(", ")));
              text.append('\n');
            });
    return text.toString();
  }

  /** Writes quality.json and quality.html. */
  void write(Path folder) throws IOException {
    Files.createDirectories(folder);
    ObjectMapper json = new ObjectMapper();
    ArrayNode all = json.createArrayNode();
    for (QualityRun run : runs) {
      ObjectNode one = all.addObject();
      one.put("data", run.data()).put("variant", run.variant()).put("seed", run.seed());
      one.set("summary", run.summary());
    }
    json.writerWithDefaultPrettyPrinter().writeValue(folder.resolve("quality.json").toFile(), all);
    Files.writeString(folder.resolve("quality.html"), html());
    for (Map.Entry<String, Plot> picture : pictures().entrySet()) {
      Files.writeString(folder.resolve(picture.getKey() + ".svg"), picture.getValue().file());
    }
  }

  private String html() {
    StringBuilder html =
        new StringBuilder("<!doctype html><meta charset=\"utf-8\"><title>Quality</title><style>")
            .append(STYLE)
            .append("</style><h1>One pass, test then train</h1>");
    html.append("<pre>").append(Plot.escape(table())).append("</pre>");
    html.append("<h2>Recall of each class (events)</h2><pre style=\"white-space:pre-wrap\">")
        .append(Plot.escape(recalls()))
        .append("</pre>");
    html.append("<h2>Beside others</h2><pre style=\"white-space:pre-wrap\">")
        .append(Plot.escape(standings() + recoveries()))
        .append("</pre><div class=\"plots\">");
    pictures().values().forEach(picture -> html.append(picture.svg()));
    html.append("</div>");
    groups()
        .forEach(
            (name, group) -> {
              html.append("<h2>").append(Plot.escape(name)).append("</h2><div class=\"plots\">");
              plots(group.get(0)).forEach(plot -> html.append(plot.svg()));
              html.append("</div>");
            });
    return html.toString();
  }

  private static List<Plot> plots(QualityRun run) {
    List<Plot> plots = new ArrayList<>();
    double events = Math.max(1, run.summary().path("events").asDouble());
    Watched watched = run.watched();
    if (watched != null) {
      Timeline timeline = watched.timeline();
      plots.add(new Plot("Recall", "events", events, 1, timeline.recall()));
      plots.add(new Plot("Share, and mean probability", "events", events, 1, timeline.shares()));
      plots.add(
          new Plot("Class weight over the least, log10", "events", events, 4, timeline.weights()));
    }
    plots.add(
        new Plot("Reliability of the served probabilities", "probability", 1, 1, reliability(run)));
    return plots;
  }

  private static Map<String, List<double[]>> reliability(QualityRun run) {
    List<double[]> points = new ArrayList<>();
    for (JsonNode bar : run.metrics().path("reliability")) {
      points.add(new double[] {bar.get(3).doubleValue(), bar.get(4).doubleValue()});
    }
    Map<String, List<double[]>> lines = new LinkedHashMap<>();
    lines.put("served", points);
    lines.put("honest", List.of(new double[] {0, 0}, new double[] {1, 1}));
    return lines;
  }

  /** {data set: picture}, of those that were watched. */
  private Map<String, Plot> pictures() {
    Map<String, List<List<QualityRun>>> jobs = new LinkedHashMap<>();
    groups()
        .values()
        .forEach(
            group -> {
              if (group.get(0).watched() != null) {
                jobs.computeIfAbsent(group.get(0).data(), data -> new ArrayList<>()).add(group);
              }
            });
    Map<String, Plot> pictures = new LinkedHashMap<>();
    jobs.forEach(
        (data, groups) -> pictures.put(data, Picture.of(groups, peers.of(groups.get(0).get(0)))));
    return pictures;
  }

  private Map<String, List<QualityRun>> groups() {
    return runs.stream()
        .collect(
            Collectors.groupingBy(
                run -> run.data() + ", " + run.variant(), LinkedHashMap::new, Collectors.toList()));
  }

  private static String spread(List<QualityRun> group, String figure) {
    return spread(Medians.values(group, figure));
  }

  private static double[] values(List<QualityRun> group, String metric, String name) {
    return group.stream()
        .map(run -> run.metrics().path(metric).path(name))
        .filter(JsonNode::isNumber)
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }

  private static String spread(double[] values) {
    if (values.length == 0) {
      return "-";
    }
    Arrays.sort(values);
    int n = values.length;
    double median = Medians.of(values);
    return n == 1
        ? format("%.4f", median)
        : format("%.4f [%.4f, %.4f]", median, values[0], values[n - 1]);
  }

  private static String format(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
