package dev.counterweight.scorer;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.runtime.JobMetric;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;

/**
 * The scorer's meters; all are there from the start, so that rates begin at nothing. Thread-safe.
 */
final class ScorerMeters {
  private static final String ROLE = "scorer";

  private final JobMeters meters;
  private final IntFunction<Counter> scored;
  private final int classes;
  private final Map<Reason, Counter> refused = new EnumMap<>(Reason.class);
  private final Map<Reason, Counter> passedOver = new EnumMap<>(Reason.class);
  private final Counter lost;
  private volatile double lag = Double.NaN;

  /**
   * @param classes in class order, as configured
   */
  ScorerMeters(MeterRegistry registry, String job, List<String> classes) {
    this.meters = new JobMeters(registry, job);
    this.classes = classes.size();
    this.scored = meters.counters(ScorerMetric.SCORED, classes);
    for (Reason reason : Reason.values()) {
      if (reason.deadLetter()) {
        refused.put(reason, meters.counter(ScorerMetric.REFUSED, reason.text()));
      }
    }
    passedOver.put(
        Reason.TOMBSTONE, meters.counter(JobMetric.PASSED_OVER, ROLE, Reason.TOMBSTONE.text()));
    this.lost = meters.counter(ScorerMetric.LOST);
    meters.gauge(JobMetric.LAG, () -> lag, ROLE);
  }

  /** An event was scored, and decided for a class. */
  void scored(int decision) {
    // A model may know a class more than this process has heard of.
    Counter counter =
        decision < classes
            ? scored.apply(decision)
            : meters.counter(ScorerMetric.SCORED, JobMeters.OTHER);
    counter.increment();
  }

  /** An event became a dead letter. */
  void refused(Reason reason) {
    Objects.requireNonNull(refused.get(reason)).increment();
  }

  /** A record that is no event, and no dead letter either. */
  void passedOver(Reason reason) {
    Objects.requireNonNull(passedOver.get(reason)).increment();
  }

  /** Offsets that retention deleted before they were scored. */
  void lost(long offsets) {
    lost.increment(offsets);
  }

  /** What it was last told of these; NaN before that. */
  double lag() {
    return lag;
  }

  /** Records that this process has yet to read of the partitions it has. */
  void lag(long records) {
    lag = records;
  }
}
