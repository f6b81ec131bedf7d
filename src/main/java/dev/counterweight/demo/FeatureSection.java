package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.protocol.TrainerReport.FeatureShare;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The report's part on features that may be missing and on categories: a table of all that the
 * newest report tells of, and lines of those whose shares moved most. Of a job on its own.
 */
final class FeatureSection {
  /** Lines of a plot. */
  static final int MAX_LINES = 8;

  private static final String CELL = "<td data-label=\"%s\">%s</td>";

  private FeatureSection() {}

  /** A share of one feature, over the points in which it is known. */
  record Line(String feature, List<At> points) {

    /** A share at one moment. */
    record At(double seconds, long events, double share) {}

    /** How far it moved. */
    double range() {
      double least = points.stream().mapToDouble(At::share).min().orElse(0);
      return points.stream().mapToDouble(At::share).max().orElse(0) - least;
    }
  }

  /** The section, or nothing where there is nothing to tell. */
  static String html(ReportData data) {
    JobHistory history = only(data);
    MetricsPoint newest = history == null ? null : history.latest();
    if (history == null || newest == null || newest.features().isEmpty()) {
      return "";
    }
    return """
    <section class="card wide">
    <h2>Features that are missing, and categories that are new</h2>
    <div class="scroll" role="region" aria-label="Share missing and share unseen of each feature, table" tabindex="0">
    <table class="stacks">
    <thead><tr><th scope="col">Feature</th><th scope="col">Missing, lately</th><th scope="col">Since the start</th><th scope="col">Unseen, lately</th><th scope="col">Since the start</th></tr></thead>
    <tbody>
    %s</tbody>
    </table>
    </div>
    %s<p class="note">Shares of the events. Missing: the value was absent, and the feature's missing rule took its place. Unseen: a category that the model had not been given before. Lately: the newest two thousand events scored or so. Lines are of the features that moved most, %d at most.</p>
    </section>
    """
        .formatted(rows(newest.features()), plots(history), MAX_LINES);
  }

  /** Share missing of the features that moved most; none if there is no such feature. */
  static List<Line> missing(ReportData data) {
    return lines(only(data), FeatureShare::missing);
  }

  /** Share unseen of the features that moved most. */
  static List<Line> unseen(ReportData data) {
    return lines(only(data), FeatureShare::unseen);
  }

  private static @Nullable JobHistory only(ReportData data) {
    return data.alone() ? data.jobs().values().iterator().next() : null;
  }

  private static String rows(Map<String, FeatureShare> features) {
    return ReportPage.each(
        features,
        (name, share) ->
            "<tr><th scope=\"row\">"
                + ReportPage.escape(name)
                + "</th>"
                + CELL.formatted("missing", percent(share.missing()))
                + CELL.formatted("since the start", percent(share.missingSinceStart()))
                + CELL.formatted("unseen", percent(share.unseen()))
                + CELL.formatted("since the start", percent(share.unseenSinceStart()))
                + "</tr>\n");
  }

  private static String percent(@Nullable Double share) {
    if (share == null) {
      return "–";
    }
    return share == 0 ? "0 %" : ReportPage.percent(share);
  }

  private static String plots(JobHistory history) {
    boolean missing = !lines(history, FeatureShare::missing).isEmpty();
    boolean unseen = !lines(history, FeatureShare::unseen).isEmpty();
    return (missing ? plot("missing", "share of the events in which a feature was missing") : "")
        + (unseen ? plot("unseen", "share of the events with a category that was new") : "");
  }

  private static String plot(String id, String what) {
    return """
    <div class="plot"><canvas id="%s" role="img" aria-label="Line chart: %s, over events, by feature."></canvas></div>
    """
        .formatted(id, what);
  }

  private static List<Line> lines(
      @Nullable JobHistory history, Function<FeatureShare, @Nullable Double> of) {
    if (history == null) {
      return List.of();
    }
    Set<String> names = new LinkedHashSet<>();
    history.metrics().forEach(point -> names.addAll(point.features().keySet()));
    return names.stream()
        .map(name -> line(history.metrics(), name, of))
        .filter(line -> !line.points().isEmpty())
        .sorted(Comparator.comparingDouble(line -> -line.range()))
        .limit(MAX_LINES)
        .toList();
  }

  private static Line line(
      List<MetricsPoint> metrics, String name, Function<FeatureShare, @Nullable Double> of) {
    List<Line.At> points = new ArrayList<>();
    for (MetricsPoint point : metrics) {
      FeatureShare share = point.features().get(name);
      Double value = share == null ? null : of.apply(share);
      if (value != null) {
        points.add(new Line.At(point.seconds(), point.events(), value));
      }
    }
    return new Line(name, points);
  }
}
