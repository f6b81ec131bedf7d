package dev.counterweight.campaign;

import dev.counterweight.campaign.Truth.Read;
import dev.counterweight.config.JobConfig;
import dev.counterweight.config.SamplerConfig;
import dev.counterweight.sampling.HashRandom;
import dev.counterweight.sampling.HashRandom.Purpose;
import dev.counterweight.sampling.SamplingPlan;
import dev.counterweight.sampling.SamplingPolicy;
import dev.counterweight.sampling.Uses;
import dev.counterweight.weights.ClassCounts;
import dev.counterweight.weights.Snapshot;
import dev.counterweight.weights.Weighting;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a sampler has to do with each event, worked out anew: an event is used by the first snapshot
 * that covers it, and chance is a function of its place. Only how often events are drawn may follow
 * the trainer, between two bounds; an event on which the bounds disagree may be drawn or not. Not
 * thread-safe.
 */
final class Contract {
  /** As the sampler bounds it where no cap is set. */
  private static final double MAX_RATIO = 1e6;

  /** The least share of the most draws an event that a sampler falls to. */
  private static final double LEAST_SHARE = 1e-3;

  /** Whether something has to happen. */
  enum Must {
    YES,
    NO,
    MAY
  }

  /** The two bounds of one snapshot's plan. */
  private record Plans(SamplingPlan least, SamplingPlan most) {}

  private final SamplerConfig settings;
  private final HashRandom random;
  private final List<Snapshot> snapshots;
  private final Map<Integer, Integer> reached = new HashMap<>();
  private final Map<Integer, Plans> plans = new HashMap<>();

  Contract(JobConfig config, List<Snapshot> snapshots) {
    this.settings = config.sampler();
    this.random = new HashRandom(config.seed());
    this.snapshots = snapshots;
  }

  /** Whether an event is drawn as it arrives. */
  Must drawn(Read event) {
    Plans by = plans(event.place());
    if (by == null) {
      return Must.MAY;
    }
    boolean least = drawn(event, by.least());
    return least == drawn(event, by.most()) ? must(least) : Must.MAY;
  }

  private boolean drawn(Read event, SamplingPlan plan) {
    Place at = event.place();
    return random.happens(
        Purpose.DRAW, at.partition(), at.offset(), Math.min(1, plan.arrival(event.label())));
  }

  /** What an event weighs where it is evaluated: 1 / e_c. */
  double evaluationWeight(Read event) {
    Plans by = plans(event.place());
    return by == null ? Double.NaN : 1 / by.most().evaluation(event.label());
  }

  /** Whether an event is evaluated. */
  Must evaluated(Read event) {
    if (event.replaces() >= 0) {
      return Must.NO;
    }
    Plans by = plans(event.place());
    Place at = event.place();
    return by == null
        ? Must.MAY
        : must(
            random.happens(
                Purpose.EVALUATION,
                at.partition(),
                at.offset(),
                by.most().evaluation(event.label())));
  }

  /** Whether the features of an event are looked at. */
  Must used(Read event) {
    Must drawn = drawn(event);
    Must evaluated = evaluated(event);
    if (drawn == Must.YES || evaluated == Must.YES) {
      return Must.YES;
    }
    // A correction also has what is remembered of its event forgotten, by its features.
    return drawn == Must.NO && evaluated == Must.NO && event.replaces() < 0 ? Must.NO : Must.MAY;
  }

  private static Must must(boolean happens) {
    return happens ? Must.YES : Must.NO;
  }

  /** By the first snapshot that covers it; null if none does. */
  private @Nullable Plans plans(Place event) {
    int i = reached.getOrDefault(event.partition(), 0);
    if (i > 0 && covers(i - 1, event)) {
      i = 0; // asked for an earlier one
    }
    while (i < snapshots.size() && !covers(i, event)) {
      i++;
    }
    reached.put(event.partition(), i);
    return i == snapshots.size() ? null : plans.computeIfAbsent(i, this::plan);
  }

  private boolean covers(int snapshot, Place event) {
    Map<Integer, Long> covered = snapshots.get(snapshot).offsets().covered();
    return covered.getOrDefault(event.partition(), 0L) > event.offset();
  }

  private Plans plan(int index) {
    Snapshot snapshot = snapshots.get(index);
    SamplingPolicy policy = settings.policy();
    ClassCounts counts = snapshot.counts();
    double[] v = new Weighting(policy.weights(), MAX_RATIO).of(counts.n());
    double most = policy.draws(counts);
    double least = most;
    if (policy.auto()) {
      double rare = Uses.leastDraws(snapshot.priors(), v, policy.maxUses(counts));
      least = Math.min(most, Math.max(rare, most * LEAST_SHARE));
    }
    return new Plans(plan(snapshot, v, least), plan(snapshot, v, most));
  }

  private SamplingPlan plan(Snapshot snapshot, double[] sampling, double draws) {
    return new SamplingPlan(
        snapshot, null, sampling, settings.policy(), draws, settings.evaluationShare());
  }
}
