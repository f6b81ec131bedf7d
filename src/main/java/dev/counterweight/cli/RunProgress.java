package dev.counterweight.cli;

import dev.counterweight.counter.CounterMetric;
import dev.counterweight.joiner.JoinerMetric;
import dev.counterweight.runtime.JobMetric;
import dev.counterweight.runtime.Metric;
import dev.counterweight.runtime.MetricDeclaration;
import dev.counterweight.sampler.SamplerMetric;
import dev.counterweight.scorer.ScorerMetric;
import dev.counterweight.trainer.TrainerMetric;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Statistic;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/**
 * Says in one line how far this process is: what its meters tell of events, speed, the rarest
 * class, G-mean, and where the end is known how long it takes. Speed is that of the last {@value
 * #OVER_S} seconds. Not thread-safe.
 */
final class RunProgress {
  private static final int OVER_S = 10;

  /** Where each role counts what it has handled, in the unit of its lag. */
  private static final Map<String, Metric> HANDLED =
      Map.of(
          "counter", CounterMetric.COUNTED,
          "sampler", SamplerMetric.SAMPLED,
          "trainer", TrainerMetric.BATCH_POSITION);

  private static final String JOINER = "joiner";
  private static final String SCORER = "scorer";

  private record Reading(long atNs, Map<String, Double> handled, Map<String, Double> lags) {}

  private final MeterRegistry registry;
  private final boolean endKnown;
  private final Deque<Reading> readings = new ArrayDeque<>();

  /**
   * @param endKnown whether the process ends once all that is in the topic is handled
   */
  RunProgress(MeterRegistry registry, boolean endKnown) {
    this.registry = registry;
    this.endKnown = endKnown;
  }

  /** The line of now, without a line end. */
  String line(long nowNs) {
    Reading now = new Reading(nowNs, handled(), lags());
    readings.addLast(now);
    while (readings.size() > 2
        && nowNs - readings.getFirst().atNs() > TimeUnit.SECONDS.toNanos(OVER_S)) {
      readings.removeFirst();
    }
    StringBuilder line = new StringBuilder(done(now));
    if (now.handled().size() > 1 && now.handled().getOrDefault(SCORER, 0.0) > 0) {
      line.append(format("; %,.0f scored", now.handled().getOrDefault(SCORER, 0.0)));
    }
    double waiting = value(JoinerMetric.WAITING).orElse(0);
    if (waiting > 0) {
      line.append(format("; %,.0f wait for their label", waiting));
    }
    rarest().ifPresent(line::append);
    value(TrainerMetric.GMEAN, "scope", "window")
        .ifPresent(gmean -> line.append(format("; G-mean %.3f", gmean)));
    if (endKnown) {
      left(now).ifPresent(line::append);
    }
    return line.toString();
  }

  private String done(Reading now) {
    // Up to an end the others wait until all is joined.
    if (now.handled().containsKey(JOINER) && now.handled().getOrDefault("counter", 0.0) == 0) {
      return format(
          "%,.0f events joined, %,.0f events/s",
          now.handled().getOrDefault(JOINER, 0.0), aSecond(Reading::handled, JOINER, now));
    }
    for (String role : List.of("counter", "sampler")) {
      if (now.handled().containsKey(role)) {
        return format(
            "%,.0f events, %,.0f events/s",
            now.handled().getOrDefault(role, 0.0), aSecond(Reading::handled, role, now));
      }
    }
    if (now.handled().keySet().equals(Set.of(SCORER))) {
      return format(
          "%,.0f events scored, %,.0f events/s",
          now.handled().getOrDefault(SCORER, 0.0), aSecond(Reading::handled, SCORER, now));
    }
    double steps = value(TrainerMetric.STEPS).orElse(0);
    return format("%,.0f steps", steps);
  }

  private Optional<String> rarest() {
    return meters(CounterMetric.CLASS_PRIOR)
        .filter(meter -> number(meter) > 0)
        .min(Comparator.comparingDouble(RunProgress::number))
        .map(
            meter ->
                format(
                    "; rarest class %s %.3g %%",
                    Objects.toString(meter.getId().getTag(MetricDeclaration.CLASS)),
                    100 * number(meter)));
  }

  /** How long the slowest role will take for what waits for it. */
  private Optional<String> left(Reading now) {
    double seconds = 0;
    for (Map.Entry<String, Double> lag : now.lags().entrySet()) {
      // Offsets a second by which the lag fell: fewer of them than offsets may have an event.
      double passed = Math.max(0, -aSecond(Reading::lags, lag.getKey(), now));
      seconds = Math.max(seconds, lag.getValue() > 0 ? lag.getValue() / passed : 0);
    }
    return Double.isFinite(seconds) && seconds >= 1
        ? Optional.of(format("; %,.0f s left", seconds))
        : Optional.empty();
  }

  /** By how much a figure of a role's has grown a second since the oldest reading. */
  private double aSecond(Function<Reading, Map<String, Double>> figures, String role, Reading now) {
    Reading then = readings.getFirst();
    double grown =
        figures.apply(now).getOrDefault(role, 0.0) - figures.apply(then).getOrDefault(role, 0.0);
    return grown * 1e9 / Math.max(1, now.atNs() - then.atNs());
  }

  private Map<String, Double> lags() {
    Map<String, Double> lags = new HashMap<>();
    for (String role : List.of(JOINER, "counter", "sampler", "trainer", SCORER)) {
      value(JobMetric.LAG, "role", role).ifPresent(lag -> lags.put(role, lag));
    }
    return lags;
  }

  private Map<String, Double> handled() {
    Map<String, Double> handled = new HashMap<>();
    HANDLED.forEach((role, metric) -> value(metric).ifPresent(value -> handled.put(role, value)));
    value(JoinerMetric.READ, "side", "events").ifPresent(value -> handled.put(JOINER, value));
    meters(ScorerMetric.SCORED).forEach(meter -> handled.merge(SCORER, number(meter), Double::sum));
    return handled;
  }

  private OptionalDouble value(Metric metric, String... tags) {
    return meters(metric, tags)
        .mapToDouble(RunProgress::number)
        .filter(Double::isFinite)
        .findFirst();
  }

  private Stream<Meter> meters(Metric metric, String... tags) {
    return registry.find(metric.declaration().name()).tags(tags).meters().stream();
  }

  private static double number(Meter meter) {
    return StreamSupport.stream(meter.measure().spliterator(), false)
        .filter(m -> m.getStatistic() == Statistic.COUNT || m.getStatistic() == Statistic.VALUE)
        .mapToDouble(measurement -> measurement.getValue())
        .findFirst()
        .orElse(Double.NaN);
  }

  private static String format(String pattern, Object... values) {
    return String.format(Locale.ROOT, pattern, values);
  }
}
