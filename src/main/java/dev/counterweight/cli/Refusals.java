package dev.counterweight.cli;

import dev.counterweight.runtime.Metric;
import dev.counterweight.sampler.SamplerMetric;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The events that this process refused to use, as its meters have them.
 *
 * @param read events read, the refused among them
 * @param byReason how many were refused for which reason, most first; none of 0
 */
record Refusals(long read, Map<String, Long> byReason) {

  static Refusals in(MeterRegistry registry) {
    long read =
        Math.round(
            counters(registry, SamplerMetric.SAMPLED).stream().mapToDouble(Counter::count).sum());
    Map<String, Long> byReason = new LinkedHashMap<>();
    counters(registry, SamplerMetric.DEAD_LETTERS).stream()
        .filter(counter -> counter.count() > 0)
        .sorted(Comparator.comparingDouble(Counter::count).reversed())
        .forEach(
            counter ->
                byReason.put(
                    Objects.toString(counter.getId().getTag("reason")),
                    Math.round(counter.count())));
    return new Refusals(read, byReason);
  }

  private static Collection<Counter> counters(MeterRegistry registry, Metric metric) {
    return registry.find(metric.declaration().name()).counters();
  }

  boolean any() {
    return !byReason.isEmpty();
  }

  /** Of the events read, the share that was refused. */
  double share() {
    return read == 0 ? 0 : (double) total() / read;
  }

  private long total() {
    return byReason.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many of how many, by reason, and where they are. */
  String line(String deadLetters) {
    String reasons =
        byReason.entrySet().stream()
            .map(reason -> String.format(Locale.ROOT, "%,d %s", reason.getValue(), reason.getKey()))
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%,d of %,d events were refused (%s): topic '%s' has each with its reason, check shows"
            + " examples",
        total(),
        read,
        reasons,
        deadLetters);
  }
}
