package dev.counterweight.cli;

import dev.counterweight.runtime.JobMetric;
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
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The events that this process did not use, as its meters have them.
 *
 * @param read events read, those not used among them
 * @param byReason how many were refused for which reason, most first; none of 0
 * @param passedOver how many were passed over for which reason, alike
 */
record Refusals(long read, Map<String, Long> byReason, Map<String, Long> passedOver) {

  static Refusals in(MeterRegistry registry) {
    long read =
        Math.round(
            counters(registry, SamplerMetric.SAMPLED).stream().mapToDouble(Counter::count).sum());
    return new Refusals(
        read,
        byReason(counters(registry, SamplerMetric.DEAD_LETTERS).stream()),
        byReason(
            counters(registry, JobMetric.PASSED_OVER).stream()
                .filter(counter -> "sampler".equals(counter.getId().getTag("role")))));
  }

  private static Map<String, Long> byReason(Stream<Counter> counters) {
    Map<String, Long> byReason = new LinkedHashMap<>();
    counters
        .filter(counter -> counter.count() > 0)
        .sorted(Comparator.comparingDouble(Counter::count).reversed())
        .forEach(
            counter ->
                byReason.put(
                    Objects.toString(counter.getId().getTag("reason")),
                    Math.round(counter.count())));
    return byReason;
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
    return total(byReason);
  }

  private static long total(Map<String, Long> counts) {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many of how many were passed over, by reason; empty if none was. */
  Optional<String> passedOverLine() {
    return passedOver.isEmpty()
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%,d of %,d events were passed over (%s): neither counted nor trained on",
                total(passedOver),
                read,
                reasons(passedOver)));
  }

  private static String reasons(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .map(reason -> String.format(Locale.ROOT, "%,d %s", reason.getValue(), reason.getKey()))
        .collect(Collectors.joining(", "));
  }

  /** How many of how many, by reason, and where they are. */
  String line(String deadLetters) {
    return String.format(
        Locale.ROOT,
        "%,d of %,d events were refused (%s): topic '%s' has each with its reason, check shows"
            + " examples",
        total(),
        read,
        reasons(byReason),
        deadLetters);
  }
}
