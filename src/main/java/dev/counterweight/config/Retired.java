package dev.counterweight.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Keys and values that there were once: each is refused with what to write instead. */
final class Retired {
  private static final String NO_END = "a stream has no end for learning.rate to fall towards";

  /** What became of keys that nothing is to be written for. */
  private static final Map<String, String> FOR_NOTHING =
      Map.of(
          "sampler.span.max.events", "a batch record covers at most 4096 events",
          "sampler.memory.refill", "at most 64 MiB of the batch log are read back",
          "trainer.max.bad.steps", "the trainer stops at 10 such steps in a row",
          "schedule.steps", NO_END,
          "schedule.factor", NO_END);

  static final Set<String> KEYS = FOR_NOTHING.keySet();

  private Retired() {}

  /**
   * A line for each such key or value; empty if none is given.
   *
   * @param broken gets the keys that have such a value
   */
  static List<String> problems(Map<String, String> given, Set<String> broken) {
    List<String> problems = new ArrayList<>();
    FOR_NOTHING.forEach(
        (key, now) -> {
          if (given.containsKey(key)) {
            problems.add("%s=%s is gone: %s: remove it".formatted(key, given.get(key), now));
          }
        });
    String schedule = given.getOrDefault("schedule", "");
    if (schedule.equals("cosine") || schedule.equals("step")) {
      problems.add("schedule=%s is gone: %s: write schedule=constant".formatted(schedule, NO_END));
      broken.add("schedule");
    }
    return problems;
  }
}
