package dev.counterweight.demo;

import static dev.counterweight.demo.JobHistory.ordered;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.protocol.TrainerReport;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What the report shows: one stream, and the jobs trained on it.
 *
 * @param title what was run, in a few words
 * @param facts name and value of what a reader needs to repeat the run
 * @param settings key and value of what was configured; shown of a job alone
 * @param counts events of each class in the stream, in the order to show them in
 * @param jobs one, or several to compare, by the name each is shown under: one that report.css has
 *     a colour for
 */
public record ReportData(
    String title,
    Map<String, String> facts,
    Map<String, String> settings,
    Map<String, Long> counts,
    Map<String, JobHistory> jobs) {
  /** The name report.css has the colour of a job on its own under. */
  private static final String JOB = "job";

  private static final String NATURAL = "natural";
  private static final String REBALANCED = "rebalanced";

  public ReportData {
    facts = ordered(facts);
    settings = ordered(settings);
    counts = ordered(counts);
    jobs = ordered(jobs);
  }

  /** Two jobs side by side: one that takes events as they come, and one that rebalances. */
  public ReportData(
      String title,
      Map<String, String> facts,
      Map<String, Long> counts,
      JobHistory natural,
      JobHistory rebalanced) {
    this(title, facts, Map.of(), counts, pair(natural, rebalanced));
  }

  /**
   * Of one job, by what it wrote to Kafka; classes from the most frequent to the rarest.
   *
   * @param history with metrics, in absolute time
   * @param settings what was configured and may be shown
   * @throws IllegalArgumentException if there are no metrics
   */
  public static ReportData ofJob(JobHistory history, Map<String, String> settings) {
    MetricsPoint latest = history.latest();
    if (latest == null) {
      throw new IllegalArgumentException("a history without metrics has no report");
    }
    Map<String, Long> counts = new LinkedHashMap<>();
    history.counts().entrySet().stream()
        .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
        .forEach(entry -> counts.put(entry.getKey(), entry.getValue()));
    return new ReportData(
        "Job " + history.job(), facts(history, latest), settings, counts, Map.of(JOB, history));
  }

  /** Class names, in the order to show them in. */
  public List<String> classes() {
    return List.copyOf(counts.keySet());
  }

  /** Whether there is no other job to compare with. */
  boolean alone() {
    return jobs.size() == 1;
  }

  private static Map<String, JobHistory> pair(JobHistory natural, JobHistory rebalanced) {
    Map<String, JobHistory> jobs = new LinkedHashMap<>();
    jobs.put(NATURAL, natural);
    jobs.put(REBALANCED, rebalanced);
    return jobs;
  }

  private static Map<String, String> facts(JobHistory history, MetricsPoint latest) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put(
        "Events counted",
        number(history.counts().values().stream().mapToLong(Long::longValue).sum()));
    facts.put("Events trained on", number(latest.events()));
    facts.put("Steps", number(latest.step()));
    List<MetricsPoint> metrics = history.metrics();
    facts.put("First report", time(metrics.get(0)));
    facts.put("Newest report", time(latest));
    TrainerReport report = latest.report();
    String checkpoint = report == null ? null : report.checkpoint();
    facts.put("Newest checkpoint", checkpoint == null ? "none yet" : checkpoint);
    return facts;
  }

  private static String number(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  private static String time(MetricsPoint point) {
    return Instant.ofEpochMilli(Math.round(point.seconds() * 1000))
        .truncatedTo(ChronoUnit.SECONDS)
        .toString();
  }
}
