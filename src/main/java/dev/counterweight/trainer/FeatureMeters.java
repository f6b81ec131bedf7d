package dev.counterweight.trainer;

import dev.counterweight.event.Feature;
import dev.counterweight.event.FeatureSchema;
import dev.counterweight.protocol.TrainerReport.FeatureShare;
import dev.counterweight.runtime.JobMeters;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How often features were missing and categories unseen, as gauges. Written by the trainer's
 * thread, read by any; NaN where not known.
 */
final class FeatureMeters {
  private volatile Map<String, FeatureShare> shares = Map.of();

  FeatureMeters(JobMeters meters, FeatureSchema layout) {
    List<String> missing =
        layout.features().stream().filter(Feature::mayBeMissing).map(Feature::name).toList();
    gauges(meters, TrainerMetric.FEATURE_MISSING, missing, FeatureShare::missing, "fading");
    gauges(
        meters, TrainerMetric.FEATURE_MISSING, missing, FeatureShare::missingSinceStart, "total");
    List<String> categories = layout.embeddings().stream().map(e -> e.feature()).toList();
    gauges(meters, TrainerMetric.FEATURE_UNSEEN, categories, FeatureShare::unseen, "fading");
    gauges(
        meters, TrainerMetric.FEATURE_UNSEEN, categories, FeatureShare::unseenSinceStart, "total");
  }

  /** The shares of now, by feature; none where none are known. */
  void known(Map<String, FeatureShare> now) {
    shares = now;
  }

  private void gauges(
      JobMeters meters,
      TrainerMetric metric,
      List<String> names,
      Function<FeatureShare, @Nullable Double> value,
      String scope) {
    meters.gauges(
        metric,
        names,
        f -> {
          FeatureShare share = shares.get(names.get(f));
          Double of = share == null ? null : value.apply(share);
          return of == null ? Double.NaN : of;
        },
        scope);
  }
}
