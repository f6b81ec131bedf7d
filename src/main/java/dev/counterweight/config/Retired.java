package dev.counterweight.config;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Keys and values that there were once: each is refused with what to write instead. */
final class Retired {
  private static final String NO_END = "a stream has no end for learning.rate to fall towards";

  /** What became of keys that nothing is to be written for. */
  private static final Map<String, String> FOR_NOTHING =
      Map.of(
          "weights.min.change", "the published weights follow every change",
          "sampler.span.max.events", "a batch record covers at most 4096 events",
          "sampler.memory.refill", "at most 64 MiB of the batch log are read back",
          "trainer.max.bad.steps", "the trainer stops at 10 such steps in a row",
          "schedule.steps", NO_END,
          "schedule.factor", NO_END);

  /** The formulas whose parameters keys were, by key. */
  private static final Map<String, String> ARGUMENTS =
      Map.of(
          "weights.smoothing", "smoothed",
          "weights.power", "power",
          "weights.beta", "effective-number",
          "weights.fixed", "fixed");

  private static final Set<String> DECISION =
      Set.of("decision.costs", "decision.class", "decision.recall", "decision.precision");

  private final Map<String, String> given;
  private final Set<String> broken;
  private final Problems problems;

  private Retired(Map<String, String> given, Set<String> broken, Problems problems) {
    this.given = given;
    this.broken = broken;
    this.problems = problems;
  }

  static boolean is(String key) {
    return FOR_NOTHING.containsKey(key) || ARGUMENTS.containsKey(key) || DECISION.contains(key);
  }

  /**
   * Tells of each such key or value, or of those that went together.
   *
   * @param broken gets the keys whose values are told of by that
   */
  static void check(Map<String, String> given, Set<String> broken, Problems problems) {
    Retired retired = new Retired(given, broken, problems);
    FOR_NOTHING.forEach(retired::nothing);
    ARGUMENTS.forEach(retired::argument);
    retired.schedule();
    retired.decision();
  }

  private void nothing(String key, String now) {
    if (given.containsKey(key)) {
      problems.add("%s=%s is gone: %s: remove it".formatted(key, given.get(key), now));
    }
  }

  private void argument(String key, String formula) {
    if (given.containsKey(key)) {
      List<String> users =
          Stream.of("weights.formula", "sampler.weights")
              .filter(user -> formula.equals(given.get(user)))
              .toList();
      broken.addAll(users);
      String now =
          users.stream()
              .map(user -> "%s=%s(%s)".formatted(user, formula, given.get(key)))
              .collect(Collectors.joining(" and "));
      problems.add(
          "%s=%s is gone: %s"
              .formatted(
                  key,
                  given.get(key),
                  now.isEmpty()
                      ? "it is an argument of the formula " + formula + " now: remove it"
                      : "write " + now));
    }
  }

  private void schedule() {
    String schedule = given.getOrDefault("schedule", "");
    if (schedule.equals("cosine") || schedule.equals("step")) {
      problems.add("schedule=%s is gone: %s: write schedule=constant".formatted(schedule, NO_END));
      broken.add("schedule");
    }
  }

  private void decision() {
    Map<String, String> gone = new TreeMap<>(given);
    gone.keySet().retainAll(DECISION);
    if (given.getOrDefault("decision", "").equals("threshold")) {
      gone.put("decision", "threshold");
      broken.add("decision");
    }
    if (!gone.isEmpty()) {
      String all =
          gone.entrySet().stream()
              .map(one -> one.getKey() + "=" + one.getValue())
              .collect(Collectors.joining(", "));
      problems.add(
          "%s %s gone: write %s".formatted(all, gone.size() == 1 ? "is" : "are", decisionNow()));
    }
  }

  private String decisionNow() {
    String name = given.get("decision.class");
    for (String rule : List.of("recall", "precision")) {
      String share = given.get("decision." + rule);
      if (name != null && share != null) {
        return "decision=%s(%s,%s)".formatted(rule, NameList.quoted(name), share);
      }
    }
    String costs = given.get("decision.costs");
    return costs == null
        ? "decision=recall(CLASS,SHARE), precision(CLASS,SHARE) or costs(C,C,...)"
        : "decision=costs(" + costs + ")";
  }
}
