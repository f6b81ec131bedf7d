package dev.counterweight.runtime;

import java.util.List;
import java.util.Locale;

/**
 * What a metric is. Names are dotted and start with {@code counterweight.}; Prometheus sees them
 * with underscores, the unit and, for counters, {@code _total} appended. Every meter also has the
 * tag {@link #JOB}. Immutable.
 *
 * @param tags tag keys, the same wherever the metric is used, besides {@link #JOB}
 * @param buckets upper bounds of a histogram's buckets, in its unit
 * @param rest what stands under {@link JobMeters#OTHER} for the classes or features that have no
 *     series
 * @param meaning one sentence for the reference
 */
public record MetricDeclaration(
    String name,
    Type type,
    Unit unit,
    List<String> tags,
    List<Double> buckets,
    Rest rest,
    String meaning) {

  /** The tag that every meter has; {@code job} is a name of Prometheus's own. */
  public static final String JOB = "training_job";

  /** The tag of a class's series. */
  public static final String CLASS = "class";

  /** The tag of a feature's series. */
  public static final String FEATURE = "feature";

  /** How a metric behaves. */
  public enum Type {
    COUNTER,
    GAUGE,
    HISTOGRAM
  }

  /** What a value is measured in; seconds and bytes stand in the name, as Prometheus has it. */
  public enum Unit {
    EVENTS,
    ROWS,
    RECORDS,
    COUNT,
    STEPS,
    SECONDS,
    BYTES,
    /** From 0 to 1. */
    RATIO,
    NATS,
    /** A number without a unit. */
    NONE;

    /** The suffix in the name, or an empty string. */
    String suffix() {
      return this == SECONDS || this == BYTES ? name().toLowerCase(Locale.ROOT) : "";
    }
  }

  /** What one series says about many classes. */
  public enum Rest {
    SUM,
    MEAN,
    MAX
  }

  public MetricDeclaration {
    tags = List.copyOf(tags);
    buckets = List.copyOf(buckets);
    if (!name.matches("counterweight(\\.[a-z]+)+")) {
      throw new IllegalArgumentException("metric name '" + name + "': counterweight.lower.case");
    }
    if ((type == Type.HISTOGRAM) == buckets.isEmpty()) {
      throw new IllegalArgumentException(name + ": a histogram has buckets, nothing else has");
    }
  }

  /** Something that only grows while a process lives. */
  public static MetricDeclaration counter(String name, Unit unit, String meaning, String... tags) {
    return new MetricDeclaration(
        name, Type.COUNTER, unit, List.of(tags), List.of(), Rest.SUM, meaning);
  }

  /** A value of now; NaN while it is not known. */
  public static MetricDeclaration gauge(String name, Unit unit, String meaning, String... tags) {
    return new MetricDeclaration(
        name, Type.GAUGE, unit, List.of(tags), List.of(), Rest.MEAN, meaning);
  }

  /** A distribution, by the buckets given. */
  public static MetricDeclaration histogram(
      String name, Unit unit, List<Double> buckets, String meaning, String... tags) {
    return new MetricDeclaration(
        name, Type.HISTOGRAM, unit, List.of(tags), buckets, Rest.SUM, meaning);
  }

  /** The same, with another way to stand for many classes. */
  public MetricDeclaration withRest(Rest other) {
    return new MetricDeclaration(name, type, unit, tags, buckets, other, meaning);
  }

  /** The name that Prometheus sees; a histogram's series add _bucket, _sum, _count and _max. */
  public String prometheusName() {
    String seen = name.replace('.', '_');
    if (!unit.suffix().isEmpty()) {
      seen += "_" + unit.suffix();
    }
    return type == Type.COUNTER ? seen + "_total" : seen;
  }
}
