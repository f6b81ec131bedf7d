package dev.counterweight.demo;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.counterweight.protocol.NamedMetrics;
import dev.counterweight.protocol.TrainerReport;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a job went, in points thinned to what a plot can show, oldest first; the last of each list is
 * always the newest there was.
 *
 * @param job the job's name
 */
public record JobHistory(String job, List<WeightsPoint> weights, List<MetricsPoint> metrics) {

  public JobHistory {
    weights = List.copyOf(weights);
    metrics = List.copyOf(metrics);
  }

  /** The newest metrics, or null if there are none. */
  public @Nullable MetricsPoint latest() {
    return metrics.isEmpty() ? null : metrics.get(metrics.size() - 1);
  }

  /** A figure of the newest metrics, or null if there is none. */
  @Nullable Double newest(Function<MetricsPoint, @Nullable Double> figure) {
    MetricsPoint latest = latest();
    return latest == null ? null : figure.apply(latest);
  }

  /** Events of each class, in the classes' order, by the newest snapshot of the weights. */
  public Map<String, Long> counts() {
    return weights.isEmpty() ? Map.of() : weights.get(weights.size() - 1).counts();
  }

  /** What the newest report says of all rows since the start; of nothing before the first. */
  public NamedMetrics sinceStart() {
    MetricsPoint latest = latest();
    TrainerReport report = latest == null ? null : latest.report();
    return report == null ? NamedMetrics.NONE : report.sinceStart();
  }

  /** Seconds from the stream's beginning; a clock that stepped back gives no negative time. */
  static double seconds(long timeMs, long originMs) {
    return Math.max(0, timeMs - originMs) / 1000.0;
  }

  /**
   * The class weights from one moment on.
   *
   * @param seconds since the stream began
   * @param events counted so far
   * @param weights w_c by class
   * @param counts events by class; of the newest point only they are shown
   */
  public record WeightsPoint(
      double seconds,
      long events,
      Map<String, Double> weights,
      @JsonIgnore Map<String, Long> counts) {

    /** Without the counts. */
    public WeightsPoint(double seconds, long events, Map<String, Double> weights) {
      this(seconds, events, weights, Map.of());
    }

    public WeightsPoint {
      weights = ordered(weights);
      counts = ordered(counts);
    }

    /** What is kept of it once there is a newer one. */
    WeightsPoint older() {
      return new WeightsPoint(seconds, events, weights);
    }
  }

  /**
   * The trainer's metrics at one moment, since its start; what is not defined is null or absent.
   *
   * @param seconds since the stream began
   * @param events the trainer has come to
   * @param recall of each class evaluated, from 0 to 1
   * @param drawn rows of each class in the batches so far
   * @param loss of the newest steps
   * @param features shares of features, lately and since the start
   * @param report the whole of it; of the newest point only it is shown
   */
  public record MetricsPoint(
      double seconds,
      long events,
      long step,
      @Nullable Double gmean,
      @Nullable Double balancedAccuracy,
      @Nullable Double loss,
      Map<String, Double> recall,
      Map<String, Long> drawn,
      @JsonIgnore Map<String, TrainerReport.FeatureShare> features,
      @JsonIgnore @Nullable TrainerReport report) {

    /**
     * Of a report.
     *
     * @param originMs when the stream began, ms since 1970
     */
    static MetricsPoint of(TrainerReport report, long originMs) {
      NamedMetrics.Decisions decisions = report.sinceStart().decisions();
      return new MetricsPoint(
          JobHistory.seconds(report.timeMs(), originMs),
          report.position().events(),
          report.position().step(),
          decisions.gmean(),
          decisions.balancedAccuracy(),
          report.steps().loss(),
          decisions.recall(),
          report.draws().drawn(),
          report.features(),
          report);
    }

    public MetricsPoint {
      recall = ordered(recall);
      drawn = ordered(drawn);
      features = ordered(features);
    }

    /** What is kept of it once there is a newer one. */
    MetricsPoint older() {
      return new MetricsPoint(
          seconds, events, step, gmean, balancedAccuracy, loss, recall, drawn, features, null);
    }
  }

  /** The same, kept in the order that it has. */
  static <V> Map<String, V> ordered(Map<String, V> map) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }
}
