package dev.counterweight.speed;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Medians over the rounds, and how participants stand to each other in one and the same round. */
final class Figures {
  private final Map<String, Map<Integer, Run>> byName;

  Figures(List<Run> runs) {
    byName =
        runs.stream()
            .collect(
                Collectors.groupingBy(
                    run -> run.participant().name(),
                    Collectors.toMap(Run::round, run -> run, (a, b) -> b, TreeMap::new)));
  }

  /**
   * A figure over the rounds.
   *
   * @param rounds how many had it
   */
  record Spread(double median, double least, double most, int rounds) {
    /** Of the numbers among them; null if there is none. */
    static @Nullable Spread of(Stream<Double> values) {
      List<Double> sorted = values.filter(Double::isFinite).sorted().toList();
      int n = sorted.size();
      if (n == 0) {
        return null;
      }
      double median = (sorted.get((n - 1) / 2) + sorted.get(n / 2)) / 2;
      return new Spread(median, sorted.get(0), sorted.get(n - 1), n);
    }
  }

  /** A figure of a participant; null if it did not take part. */
  @Nullable Spread of(String participant, ToDoubleFunction<Run> figure) {
    return Spread.of(runs(participant).values().stream().map(run -> figure.applyAsDouble(run)));
  }

  /** One participant's figure over another's, round by round; null if one did not take part. */
  @Nullable Spread ratio(String over, String under, ToDoubleFunction<Run> figure) {
    Map<Integer, Run> others = runs(under);
    return Spread.of(
        runs(over).values().stream()
            .filter(run -> others.containsKey(run.round()))
            .map(run -> figure.applyAsDouble(run) / figure.applyAsDouble(others.get(run.round()))));
  }

  /** Events a second beyond what a run of next to none takes; NaN where that is not known. */
  double steadyRate(Run run) {
    Run start = startOf(run);
    return start == null
        ? Double.NaN
        : (run.participant().events() - start.participant().events())
            / (run.usage().wallS() - start.usage().wallS());
  }

  /** Microseconds of processor time an event, beyond the same. */
  double steadyCpuUs(Run run) {
    Run start = startOf(run);
    return start == null
        ? Double.NaN
        : (run.usage().cpuS() - start.usage().cpuS())
            * 1e6
            / (run.participant().events() - start.participant().events());
  }

  private @Nullable Run startOf(Run run) {
    String start = run.participant().start();
    return start == null ? null : runs(start).get(run.round());
  }

  private Map<Integer, Run> runs(String participant) {
    return byName.getOrDefault(participant, Map.of());
  }
}
