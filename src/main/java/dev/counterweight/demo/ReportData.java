package dev.counterweight.demo;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the report shows: one stream, and two jobs trained on it.
 *
 * @param title what was run, in a few words
 * @param facts name and value of what a reader needs to repeat the run
 * @param counts events of each class in the stream, in the order to show them in
 */
public record ReportData(
    String title,
    Map<String, String> facts,
    Map<String, Long> counts,
    JobHistory natural,
    JobHistory rebalanced) {

  public ReportData {
    facts = Collections.unmodifiableMap(new LinkedHashMap<>(facts));
    counts = Collections.unmodifiableMap(new LinkedHashMap<>(counts));
  }

  /** Class names, in the order to show them in. */
  public List<String> classes() {
    return List.copyOf(counts.keySet());
  }
}
