package dev.counterweight.trainer;

import dev.counterweight.evaluation.Calibration;
import dev.counterweight.evaluation.Metrics;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.runtime.JobMeters;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * How well the model does, as gauges: of the newest rows and of all since the start. Written by the
 * trainer's thread, read by any; NaN where not known.
 */
final class QualityMeters {
  private volatile @Nullable Metrics window;
  private volatile @Nullable Metrics total;

  private interface Source {
    @Nullable Metrics get();
  }

  QualityMeters(JobMeters meters, List<String> classes) {
    gauges(meters, classes, "window", () -> window);
    gauges(meters, classes, "total", () -> total);
    if (classes.size() <= NamedMetrics.WHOLE_MATRIX) {
      for (int j = 0; j < classes.size(); j++) {
        int decided = j;
        meters.gauges(
            TrainerMetric.CONFUSION,
            classes,
            c -> known(() -> window, metrics -> metrics.confusion().share(c, decided)),
            classes.get(j));
      }
    }
    for (int bin = 0; bin < Calibration.BINS; bin++) {
      reliability(meters, bin, "probability", Calibration.Bar::confidence);
      reliability(meters, bin, "hits", Calibration.Bar::accuracy);
    }
  }

  /** The metrics of now; null where none are known. */
  void evaluated(@Nullable Metrics recent, @Nullable Metrics sinceStart) {
    window = recent;
    total = sinceStart;
  }

  private static void gauges(JobMeters meters, List<String> classes, String scope, Source source) {
    meters.gauge(TrainerMetric.GMEAN, () -> known(source, m -> m.confusion().gmean()), scope);
    meters.gauge(
        TrainerMetric.BALANCED_ACCURACY,
        () -> known(source, m -> m.confusion().balancedAccuracy()),
        scope);
    meters.gauge(TrainerMetric.LOG_LOSS, () -> known(source, Metrics::logLoss), scope);
    meters.gauge(TrainerMetric.ECE, () -> known(source, m -> m.calibration().ece()), scope);
    meters.gauges(
        TrainerMetric.RECALL, classes, c -> known(source, m -> m.confusion().recall(c)), scope);
    meters.gauges(
        TrainerMetric.PRECISION,
        classes,
        c -> known(source, m -> m.confusion().precision(c)),
        scope);
    meters.gauges(
        TrainerMetric.FALSE_ALARMS,
        classes,
        c -> known(source, m -> m.confusion().falseAlarms(c)),
        scope);
    meters.gauges(
        TrainerMetric.PR_AUC,
        classes,
        c -> known(source, m -> m.served().get(c).averagePrecision()),
        scope);
    meters.gauges(
        TrainerMetric.CLASS_ECE, classes, c -> known(source, m -> m.calibration().ece(c)), scope);
  }

  private void reliability(
      JobMeters meters, int bin, String of, ToDoubleFunction<Calibration.Bar> value) {
    String edge = String.format(Locale.ROOT, "%.2f", (bin + 1.0) / Calibration.BINS);
    meters.gauge(
        TrainerMetric.RELIABILITY,
        () ->
            known(
                () -> window,
                metrics ->
                    metrics.calibration().reliability().stream()
                        .filter(bar -> Math.round(bar.lower() * Calibration.BINS) == bin)
                        .mapToDouble(value)
                        .findFirst()),
        of,
        edge);
  }

  private static double known(Source source, Function<Metrics, OptionalDouble> value) {
    Metrics metrics = source.get();
    return metrics == null ? Double.NaN : value.apply(metrics).orElse(Double.NaN);
  }
}
