package dev.counterweight.demo;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
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

  private static <V> Map<String, V> ordered(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
