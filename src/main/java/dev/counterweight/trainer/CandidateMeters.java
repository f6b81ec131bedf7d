package dev.counterweight.trainer;

import dev.counterweight.runtime.JobMeters;
import java.util.Map;

/**
 * What each of the networks counts that are trained side by side, as gauges. Written by the
 * trainer's thread, read by any; NaN where not known.
 */
final class CandidateMeters {
  private final JobMeters meters;
  private volatile Map<String, Double> shares = Map.of();

  CandidateMeters(JobMeters meters) {
    this.meters = meters;
  }

  /** The shares of now, of a network that was told before or a new one; none if none are known. */
  void known(Map<String, Double> now) {
    shares = now;
    // A gauge that is there already keeps its source.
    now.keySet()
        .forEach(
            name ->
                meters.gauge(
                    TrainerMetric.CANDIDATE_SHARE,
                    () -> shares.getOrDefault(name, Double.NaN),
                    name));
  }
}
