package dev.counterweight.trainer;

import dev.counterweight.runtime.JobMeters;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What each of the networks counts that are trained side by side, as gauges. Written by the
 * trainer's thread, read by any; NaN where not known.
 */
final class CandidateMeters {
  private final JobMeters meters;
  private final Set<String> told = new HashSet<>();
  private volatile Map<String, Double> shares = Map.of();

  CandidateMeters(JobMeters meters) {
    this.meters = meters;
  }

  /** The shares of now, of a network that was told before or a new one; none if none are known. */
  void known(Map<String, Double> now) {
    shares = now;
    // A registry warns of a gauge that is there already.
    now.keySet().stream()
        .filter(told::add)
        .forEach(
            name ->
                meters.gauge(
                    TrainerMetric.CANDIDATE_SHARE,
                    () -> shares.getOrDefault(name, Double.NaN),
                    name));
  }
}
