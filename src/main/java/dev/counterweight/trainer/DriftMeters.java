package dev.counterweight.trainer;

import dev.counterweight.evaluation.Drift;
import dev.counterweight.evaluation.DriftMonitor;
import dev.counterweight.protocol.KebabCase;
import dev.counterweight.runtime.JobMeters;
import io.micrometer.core.instrument.Counter;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Counts the changes that this process found. Those that a checkpoint knows of are not counted
 * again: a counter that jumps at a restart would look like changes. Not thread-safe.
 */
final class DriftMeters {
  private final int classes;
  private final List<IntFunction<Counter>> counters;
  private final long[][] known;

  DriftMeters(JobMeters meters, List<String> classes) {
    this.classes = classes.size();
    this.counters =
        Arrays.stream(Drift.Of.values())
            .map(of -> meters.counters(TrainerMetric.DRIFTS, classes, KebabCase.of(of)))
            .toList();
    this.known = new long[counters.size()][classes.size()];
  }

  /** Takes what a monitor has found so far for counted. */
  void begin(DriftMonitor monitor) {
    for (Drift.Of of : Drift.Of.values()) {
      for (int c = 0; c < classes; c++) {
        known[of.ordinal()][c] = monitor.detected(of, c);
      }
    }
  }

  /** Counts what a monitor has found since. */
  void count(DriftMonitor monitor) {
    for (Drift.Of of : Drift.Of.values()) {
      for (int c = 0; c < classes; c++) {
        long found = monitor.detected(of, c) - known[of.ordinal()][c];
        if (found > 0) {
          counters.get(of.ordinal()).apply(c).increment(found);
        }
      }
    }
    begin(monitor);
  }
}
