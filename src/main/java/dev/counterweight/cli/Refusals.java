package dev.counterweight.cli;

import dev.counterweight.joiner.JoinerMetric;
import dev.counterweight.runtime.JobMetric;
import dev.counterweight.runtime.Metric;
import dev.counterweight.sampler.SamplerMetric;
import dev.counterweight.scorer.ScorerMetric;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The records that a role of this process did not use, as its meters have them.
 *
 * @param what they are
 * @param read records read, those not used among them
 * @param refused how many were refused
 * @param byReason those for which reason, most first, none of 0; empty where that is not counted
 * @param passedOver how many were passed over for which reason, alike
 * @param effect what is not done with one that is passed over
 */
record Refusals(
    String what,
    long read,
    long refused,
    Map<String, Long> byReason,
    Map<String, Long> passedOver,
    String effect) {

  /** Of the sampler. */
  static Refusals in(MeterRegistry registry) {
    Map<String, Long> byReason = byReason(counters(registry, SamplerMetric.DEAD_LETTERS));
    return new Refusals(
        "events",
        sum(registry, SamplerMetric.SAMPLED),
        total(byReason),
        byReason,
        passedOver(registry, "sampler"),
        "neither counted nor trained on");
  }

  /** Of the scorer. */
  private static Refusals scored(MeterRegistry registry) {
    Map<String, Long> byReason = byReason(counters(registry, ScorerMetric.REFUSED));
    Map<String, Long> passedOver = passedOver(registry, "scorer");
    return new Refusals(
        "events to be scored",
        sum(registry, ScorerMetric.SCORED) + total(byReason) + total(passedOver),
        total(byReason),
        byReason,
        passedOver,
        "not scored");
  }

  /** Of the joiner, events and labels each for themselves, of the sampler, and of the scorer. */
  static List<Refusals> all(MeterRegistry registry) {
    Map<String, Long> passedOver = passedOver(registry, "joiner");
    // What the joiner passes over is not counted by side.
    long read = sum(registry, JoinerMetric.READ);
    return List.of(
        joined("events", registry),
        joined("labels", registry),
        new Refusals("records to be joined", read, 0, Map.of(), passedOver, "not joined"),
        in(registry),
        scored(registry));
  }

  private static Refusals joined(String side, MeterRegistry registry) {
    return new Refusals(
        side + " to be joined",
        sum(registry, JoinerMetric.READ, "side", side),
        sum(registry, JoinerMetric.REFUSED, "side", side),
        Map.of(),
        Map.of(),
        "not joined");
  }

  private static Map<String, Long> passedOver(MeterRegistry registry, String role) {
    return byReason(counters(registry, JobMetric.PASSED_OVER, "role", role));
  }

  /**
   * What all counters of a metric have come to.
   *
   * @param tags key and value of each that the counters must have
   */
  static long sum(MeterRegistry registry, Metric metric, String... tags) {
    return Math.round(counters(registry, metric, tags).mapToDouble(Counter::count).sum());
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

  private static Stream<Counter> counters(MeterRegistry registry, Metric metric, String... tags) {
    return registry.find(metric.declaration().name()).tags(tags).counters().stream();
  }

  boolean any() {
    return refused > 0;
  }

  /** Of the records read, the share that was refused. */
  double share() {
    return read == 0 ? 0 : (double) refused / read;
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
                "%,d of %,d %s were passed over (%s): %s",
                total(passedOver),
                read,
                what,
                reasons(passedOver),
                effect));
  }

  private static String reasons(Map<String, Long> counts) {
    return counts.entrySet().stream()
        .map(reason -> String.format(Locale.ROOT, "%,d %s", reason.getValue(), reason.getKey()))
        .collect(Collectors.joining(", "));
  }

  /** How many of how many, by reason where that is known, and where they are. */
  String line(String deadLetters) {
    return String.format(
        Locale.ROOT,
        "%,d of %,d %s were refused%s: topic '%s' has each with its reason, check shows examples",
        refused,
        read,
        what,
        byReason.isEmpty() ? "" : " (" + reasons(byReason) + ")",
        deadLetters);
  }
}
