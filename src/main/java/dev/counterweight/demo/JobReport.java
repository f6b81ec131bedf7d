package dev.counterweight.demo;

import dev.counterweight.demo.JobHistory.MetricsPoint;
import dev.counterweight.protocol.TrainerReport;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The report of one job, by what it wrote to Kafka. */
public final class JobReport {
  /** The name report.css has a job's colour under. */
  private static final String JOB = "job";

  private JobReport() {}

  /**
   * What the report shows; classes from the most frequent to the rarest.
   *
   * @param history with metrics, in absolute time
   * @param settings what was configured and may be shown
   * @throws IllegalArgumentException if there are no metrics
   */
  public static ReportData of(JobHistory history, Map<String, String> settings) {
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
