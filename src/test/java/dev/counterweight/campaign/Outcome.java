package dev.counterweight.campaign;

import java.util.List;
import java.util.Map;

/**
 * What became of a run.
 *
 * @param late whether the producer was so late that the rules for labels say nothing
 * @param tookMs from the first process to the last look
 * @param recoveredMs by kind of fault
 */
record Outcome(
    Schedule schedule,
    List<Violation> violations,
    Map<String, List<Long>> recoveredMs,
    List<Observed.Exit> exits,
    long events,
    boolean late,
    long tookMs) {
  boolean failed() {
    return !violations.isEmpty();
  }
}
