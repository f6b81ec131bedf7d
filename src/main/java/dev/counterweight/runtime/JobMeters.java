package dev.counterweight.runtime;

import dev.counterweight.event.EventRejectedException.Reason;
import dev.counterweight.runtime.MetricDeclaration.Rest;
import dev.counterweight.runtime.MetricDeclaration.Type;
import dev.counterweight.runtime.MetricDeclaration.Unit;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Builds the meters of one job from their declarations, each tagged with the job. Tag values are
 * given in the order of the declared keys. Asking twice for a counter or histogram gives the same
 * one; a gauge keeps its first source. Thread-safe.
 */
public final class JobMeters {
  /** Classes that get series of their own. */
  public static final int MAX_CLASSES = 100;

  /** The class tag of all the others together. */
  public static final String OTHER = "other";

  private final MeterRegistry registry;
  private final String job;

  public JobMeters(MeterRegistry registry, String job) {
    this.registry = registry;
    this.job = job;
  }

  /** A counter. */
  public Counter counter(Metric metric, String... tagValues) {
    MetricDeclaration declared = require(metric, Type.COUNTER);
    return Counter.builder(declared.name())
        .description(declared.meaning())
        .baseUnit(suffix(declared))
        .tags(tags(declared, tagValues))
        .register(registry);
  }

  /**
   * A counter a class, by its index, whose class tag is the last one declared. Of more than {@value
   * #MAX_CLASSES} classes the rest share that of {@link #OTHER}.
   *
   * @param tagValues of the keys before the class
   */
  public IntFunction<Counter> counters(Metric metric, List<String> classes, String... tagValues) {
    int own = Math.min(classes.size(), MAX_CLASSES);
    List<Counter> all = new ArrayList<>();
    for (int c = 0; c < own; c++) {
      all.add(counter(metric, and(tagValues, classes.get(c))));
    }
    if (own < classes.size()) {
      all.add(counter(metric, and(tagValues, rest(classes))));
    }
    return c -> all.get(Math.min(c, all.size() - 1));
  }

  /** Every counter of a role that has no tag but the job. */
  public <M extends Enum<M> & Metric> Map<M, Counter> counters(Class<M> metrics) {
    Map<M, Counter> all = new EnumMap<>(metrics);
    for (M metric : metrics.getEnumConstants()) {
      MetricDeclaration declared = metric.declaration();
      if (declared.type() == Type.COUNTER && declared.tags().isEmpty()) {
        all.put(metric, counter(metric));
      }
    }
    return all;
  }

  /** Counters of the records that a role passes over, by why. */
  public Map<Reason, Counter> passedOver(String role) {
    Map<Reason, Counter> all = new EnumMap<>(Reason.class);
    for (Reason reason : Reason.passedOver()) {
      all.put(reason, counter(JobMetric.PASSED_OVER, role, reason.text()));
    }
    return all;
  }

  /** A histogram of anything but time. */
  public DistributionSummary histogram(Metric metric, String... tagValues) {
    MetricDeclaration declared = require(metric, Type.HISTOGRAM);
    if (declared.unit() == Unit.SECONDS) {
      throw new IllegalArgumentException(metric + " is of time: a timer");
    }
    return DistributionSummary.builder(declared.name())
        .description(declared.meaning())
        .baseUnit(suffix(declared))
        .tags(tags(declared, tagValues))
        .serviceLevelObjectives(
            declared.buckets().stream().mapToDouble(Double::doubleValue).toArray())
        .register(registry);
  }

  /** A histogram of time. */
  public Timer timer(Metric metric, String... tagValues) {
    MetricDeclaration declared = require(metric, Type.HISTOGRAM);
    if (declared.unit() != Unit.SECONDS) {
      throw new IllegalArgumentException(metric + " is not of time: no timer");
    }
    return Timer.builder(declared.name())
        .description(declared.meaning())
        .tags(tags(declared, tagValues))
        .serviceLevelObjectives(
            declared.buckets().stream()
                .map(seconds -> Duration.ofNanos(Math.round(seconds * 1e9)))
                .toArray(Duration[]::new))
        .register(registry);
  }

  /** A gauge that asks {@code value} at every scrape, from any thread; NaN is "not known". */
  public void gauge(Metric metric, DoubleSupplier value, String... tagValues) {
    MetricDeclaration declared = require(metric, Type.GAUGE);
    Gauge.builder(declared.name(), value, DoubleSupplier::getAsDouble)
        .description(declared.meaning())
        .baseUnit(suffix(declared))
        .tags(tags(declared, tagValues))
        .strongReference(true)
        .register(registry);
  }

  /**
   * A gauge a class, whose class tag is the last one declared. Of more than {@value #MAX_CLASSES}
   * classes the first {@value #MAX_CLASSES} have their own, and {@link #OTHER} stands for the rest,
   * as declared; values that are NaN do not enter into it.
   *
   * @param value of the class at an index
   * @param tagValues of the keys before the class
   */
  public void gauges(
      Metric metric, List<String> classes, IntToDoubleFunction value, String... tagValues) {
    int own = Math.min(classes.size(), MAX_CLASSES);
    for (int c = 0; c < own; c++) {
      int index = c;
      gauge(metric, () -> value.applyAsDouble(index), and(tagValues, classes.get(c)));
    }
    if (own < classes.size()) {
      Rest rest = metric.declaration().rest();
      gauge(
          metric, () -> together(rest, value, own, classes.size()), and(tagValues, rest(classes)));
    }
  }

  private static String rest(List<String> classes) {
    return classes.contains(OTHER) ? OTHER + " classes" : OTHER;
  }

  private static double together(Rest rest, IntToDoubleFunction value, int from, int to) {
    double[] known =
        IntStream.range(from, to).mapToDouble(value).filter(v -> !Double.isNaN(v)).toArray();
    if (known.length == 0) {
      return Double.NaN;
    }
    return switch (rest) {
      case SUM -> DoubleStream.of(known).sum();
      case MEAN -> DoubleStream.of(known).sum() / known.length;
      case MAX -> DoubleStream.of(known).max().orElse(Double.NaN);
    };
  }

  private Tags tags(MetricDeclaration declared, String... values) {
    if (values.length != declared.tags().size()) {
      throw new IllegalArgumentException(
          "%s has the tags %s, but got %d values"
              .formatted(declared.name(), declared.tags(), values.length));
    }
    Tags tags = Tags.of(MetricDeclaration.JOB, job);
    for (int i = 0; i < values.length; i++) {
      tags = tags.and(declared.tags().get(i), values[i]);
    }
    return tags;
  }

  private static MetricDeclaration require(Metric metric, Type type) {
    if (metric.declaration().type() != type) {
      throw new IllegalArgumentException(
          "%s is a %s, not a %s".formatted(metric, metric.declaration().type(), type));
    }
    return metric.declaration();
  }

  private static @Nullable String suffix(MetricDeclaration declared) {
    String suffix = declared.unit().suffix();
    return suffix.isEmpty() ? null : suffix;
  }

  private static String[] and(String[] values, String last) {
    String[] all = Arrays.copyOf(values, values.length + 1);
    all[values.length] = last;
    return all;
  }
}
