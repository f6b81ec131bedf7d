package dev.counterweight.trainer;

import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.runtime.JobMeters;
import dev.counterweight.trainer.FeatureShares.Share;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * How often features were missing and categories unseen, as gauges. Written by the trainer's
 * thread, read by any; NaN where not known.
 */
final class FeatureMeters {
  private volatile Map<String, Share> shares = Map.of();

  FeatureMeters(JobMeters meters, FeatureSchema layout) {
    List<String> missing =
        layout.features().stream().filter(Feature::mayBeMissing).map(Feature::name).toList();
    gauges(meters, TrainerMetric.FEATURE_MISSING, missing, Share::missing, "fading");
    gauges(meters, TrainerMetric.FEATURE_MISSING, missing, Share::missingSinceStart, "total");
    List<String> categories = layout.embeddings().stream().map(e -> e.feature()).toList();
    gauges(meters, TrainerMetric.FEATURE_UNSEEN, categories, Share::unseen, "fading");
    gauges(meters, TrainerMetric.FEATURE_UNSEEN, categories, Share::unseenSinceStart, "total");
  }

  /** The shares of now; none where none are known. */
  void known(List<Share> now) {
    Map<String, Share> byName = new HashMap<>();
    now.forEach(share -> byName.put(share.feature(), share));
    shares = byName;
  }

  private void gauges(
      JobMeters meters,
      TrainerMetric metric,
      List<String> names,
      Function<Share, OptionalDouble> value,
      String scope) {
    meters.gauges(
        metric,
        names,
        f -> {
          Share share = shares.get(names.get(f));
          return share == null ? Double.NaN : value.apply(share).orElse(Double.NaN);
        },
        scope);
  }
}
