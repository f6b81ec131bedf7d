package dev.counterweight.cli;

import dev.counterweight.joiner.JoinerMetric;
import dev.counterweight.runtime.JobMetric;
import dev.counterweight.runtime.Metric;
import dev.counterweight.sampler.SamplerMetric;
import dev.counterweight.scorer.ScorerMetric;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
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
    Map<String, Long> byReason = byReason(counters(registry, SamplerMetric.DEAD_LETTERS).stream());
    return new Refusals(
        "events",
        sum(counters(registry, SamplerMetric.SAMPLED).stream()),
        total(byReason),
        byReason,
        passedOver(registry, "sampler"),
        "neither counted nor trained on");
  }

  /** Of the scorer. */
  private static Refusals scored(MeterRegistry registry) {
    Map<String, Long> byReason = byReason(counters(registry, ScorerMetric.REFUSED).stream());
    Map<String, Long> passedOver = passedOver(registry, "scorer");
    return new Refusals(
        "events to be scored",
        sum(counters(registry, ScorerMetric.SCORED).stream()) + total(byReason) + total(passedOver),
        total(byReason),
        byReason,
        passedOver,
        "not scored");
  }

  /** Of the joiner, events and labels each for themselves, of the sampler, and of the scorer. */
  static List<Refusals> all(MeterRegistry registry) {
    return List.of(
        joined("events", counter -> isOf("events", counter), registry, Map.of()),
        joined("labels", counter -> isOf("labels", counter), registry, Map.of()),
        joined("records", counter -> false, registry, passedOver(registry, "joiner")),
        in(registry),
        scored(registry));
  }

  private static Refusals joined(
      String what,
      Predicate<Counter> refused,
      MeterRegistry registry,
      Map<String, Long> passedOver) {
    // What is passed over is not counted by side.
    Predicate<Counter> read = passedOver.isEmpty() ? refused : counter -> true;
    return new Refusals(
        what + " to be joined",
        sum(counters(registry, JoinerMetric.READ).stream().filter(read)),
        sum(counters(registry, JoinerMetric.REFUSED).stream().filter(refused)),
        Map.of(),
        passedOver,
        "not joined");
  }

  private static boolean isOf(String side, Counter counter) {
    return side.equals(counter.getId().getTag("side"));
  }

  private static Map<String, Long> passedOver(MeterRegistry registry, String role) {
    return byReason(
        counters(registry, JobMetric.PASSED_OVER).stream()
            .filter(counter -> role.equals(counter.getId().getTag("role"))));
  }

  private static long sum(Stream<Counter> counters) {
    return Math.round(counters.mapToDouble(Counter::count).sum());
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
