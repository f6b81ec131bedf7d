package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.evaluation.Interval;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Titles of the plots and tables of a report, as HTML: each answers a question with its figure, of
 * a pair of jobs with the other's beside it, or says that there is nothing to answer it by.
 */
final class ReportTitles {
  private static final double GOOD = 0.9;

  private final List<String> classes;
  private final Map<String, Long> counts;
  private final JobHistory job;
  private final @Nullable JobHistory other;

  ReportTitles(ReportData data) {
    List<JobHistory> jobs = List.copyOf(data.jobs().values());
    this.classes = data.classes();
    this.counts = data.counts();
    this.job = jobs.get(jobs.size() - 1);
    this.other = jobs.size() == 1 ? null : jobs.get(0);
  }

  /** All of them, by the slot that each fills. */
  Map<String, String> slots() {
    Map<String, String> titles = new HashMap<>();
    titles.put("recall_title", recall());
    titles.put("cost_title", falseAlarms());
    titles.put("decided_title", decided());
    titles.put("calibration_title", calibration());
    titles.put("shares_title", shares());
    titles.put("gmean_title", gmean());
    titles.put("weights_title", weights());
    titles.put("recalls_title", recognised());
    titles.put("loss_title", loss());
    return titles;
  }

  private String recall() {
    String rarest = rarest();
    Double recall = job.newest(point -> point.recall().get(rarest));
    if (recall == null) {
      return "No event of the rarest class has been scored yet";
    }
    Interval interval = job.sinceStart().recallInterval().get(rarest);
    String within =
        interval == null
            ? ""
            : String.format(
                Locale.ROOT, " (%.0f to %.0f)", 100 * interval.low(), 100 * interval.high());
    return "Of %s, the rarest class, %s is recognised"
            .formatted(ReportPage.escape(rarest), percent(recall) + within)
        + beside(of -> of.newest(point -> point.recall().get(rarest)), ReportTitles::percent);
  }

  private String falseAlarms() {
    Map<String, Double> alarms = job.sinceStart().decisions().falseAlarms();
    return classes.stream()
        .filter(alarms::containsKey)
        .max(Comparator.comparing(name -> Objects.requireNonNull(alarms.get(name))))
        .map(
            most ->
                "%s of 1,000 events are decided as %s and are not"
                        .formatted(ReportPage.number(alarms.get(most), 1), ReportPage.escape(most))
                    + beside(
                        of -> of.sinceStart().decisions().falseAlarms().get(most),
                        value -> ReportPage.number(value, 1)))
        .orElse("Nothing has been decided yet");
  }

  private String decided() {
    Double right = job.sinceStart().decisions().accuracy();
    return right == null
        ? "How many are right has not been told yet"
        : percent(right)
            + " are decided as what they are"
            + beside(of -> of.sinceStart().decisions().accuracy(), ReportTitles::percent);
  }

  private String calibration() {
    Double off = job.sinceStart().probabilities().ece();
    return off == null
        ? "No probability has been judged yet"
        : "Probabilities are off by %s on average".formatted(ReportPage.percent(off))
            + beside(of -> of.sinceStart().probabilities().ece(), ReportPage::percent);
  }

  private String shares() {
    String rarest = rarest();
    MetricsPoint latest = job.latest();
    long drawn = latest == null ? 0 : total(latest.drawn());
    if (latest == null || drawn == 0 || total(counts) == 0) {
      return "Nothing has been drawn yet";
    }
    return "%s is %s of the stream and %s of the batches"
        .formatted(
            ReportPage.escape(rarest),
            ReportPage.percent((double) counts.getOrDefault(rarest, 0L) / total(counts)),
            ReportPage.percent((double) latest.drawn().getOrDefault(rarest, 0L) / drawn));
  }

  private String gmean() {
    Double gmean = job.newest(MetricsPoint::gmean);
    return gmean == null
        ? "G-mean is not known yet"
        : "G-mean comes to "
            + ReportPage.number(gmean, 3)
            + beside(of -> of.newest(MetricsPoint::gmean), value -> ReportPage.number(value, 3));
  }

  private String weights() {
    Map<String, Double> weights =
        job.weights().isEmpty() ? Map.of() : job.weights().get(job.weights().size() - 1).weights();
    Double least = weights.values().stream().filter(w -> w > 0).min(Double::compare).orElse(null);
    Double rarest = weights.get(rarest());
    return least == null || rarest == null
        ? "No class has been weighed yet"
        : "An event of %s counts %s times as much as one of the lightest class"
            .formatted(ReportPage.escape(rarest()), ReportPage.whole(Math.round(rarest / least)));
  }

  private String recognised() {
    return "%d of %d classes come to a recall of %s"
            .formatted(good(job), classes.size(), ReportPage.number(GOOD, 1))
        + beside(of -> (double) good(of), value -> ReportPage.number(value, 0));
  }

  private String loss() {
    List<Double> losses =
        job.metrics().stream().map(MetricsPoint::loss).filter(Objects::nonNull).toList();
    return losses.isEmpty()
        ? "No step has been made yet"
        : "Loss goes from %s to %s"
            .formatted(
                ReportPage.number(losses.get(0), 3),
                ReportPage.number(losses.get(losses.size() - 1), 3));
  }

  /** What the other job came to, to end a title with. */
  private String beside(
      Function<JobHistory, @Nullable Double> figure, Function<Double, String> shown) {
    Double value = other == null ? null : figure.apply(other);
    return value == null ? "" : ", natural " + shown.apply(value);
  }

  private int good(JobHistory of) {
    return (int)
        classes.stream()
            .map(name -> of.newest(point -> point.recall().get(name)))
            .filter(recall -> recall != null && recall >= GOOD)
            .count();
  }

  private String rarest() {
    return classes.stream()
        .min(Comparator.comparing(name -> counts.getOrDefault(name, 0L)))
        .orElse("none");
  }

  private static long total(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * share);
  }
}
